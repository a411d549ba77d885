-- One set of groups for each student and year, the same at every level (SUBG-1 to SUBG-10).
create or replace temp table reporting_districts as
select distinct r.student_id, s.district_id
from results r join schools s using (school_id)
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

create or replace temp table cohort_demographics as  -- of a graduation class: those of its last year
select d.* from demographics d
where d.school_year = (select graduation_year from law_year)
qualify row_number() over (partition by d.student_id order by d.district_id) = 1;

create or replace temp table flags as
select 'this' as basis, * from standing_demographics union all by name select 'class' as basis, * from cohort_demographics;

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
