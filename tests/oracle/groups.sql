-- One set of groups for each student and year, the same at every level (SUBG-1 to SUBG-10).
create or replace temp table reporting_districts as  -- of academic tests
select distinct r.student_id, s.district_id
from read_results r join schools s using (school_id)
where r.school_year = (select year from law_year);

create or replace temp table standing_demographics as
select d.*
from demographics d
left join full_year f on f.level = 'district' and f.student_id = d.student_id and f.entity = d.district_id
left join reporting_districts r on r.student_id = d.student_id and r.district_id = d.district_id
where d.school_year = (select year from law_year)
qualify row_number() over (
  partition by d.student_id
  order by f.entity is null, r.district_id is null, d.district_id) = 1;

create or replace temp table year_demographics as  -- no test's day: gender and race of the smallest district, any flag
select student_id, school_year, arg_min(gender_told, district_id).gender as gender, arg_min(race_told, district_id).race as race,
       bool_or(economically_disadvantaged) as economically_disadvantaged,
       bool_or(students_with_disabilities) as students_with_disabilities,
       bool_or(english_learners) as english_learners, bool_or(migrant) as migrant, bool_or(homeless) as homeless,
       bool_or(foster_care) as foster_care, bool_or(military_connected) as military_connected
from (select *, {gender: gender} as gender_told, {race: race} as race_told from demographics)
group by student_id, school_year;

create or replace temp table flags as
select 'test' as basis, * from standing_demographics
union all by name select 'year' as basis, * from year_demographics where school_year = (select year from law_year)
union all by name
select 'class' as basis, * from year_demographics where school_year = (select graduation_year from law_year);

create or replace temp table subgroups as
select basis, student_id, unnest(list_filter([
    gender, race,
    case when economically_disadvantaged then 'economically_disadvantaged' end,
    case when students_with_disabilities then 'students_with_disabilities' end,
    case when english_learners then 'english_learners' end,
    case when migrant then 'migrant' end,
    case when homeless then 'homeless' end,
    case when foster_care then 'foster_care' end,
    case when military_connected then 'military_connected' end], lambda word: word is not null)) as subgroup
from flags;
