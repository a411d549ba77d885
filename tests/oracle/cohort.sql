-- The four-year adjusted cohort graduation rate of the class of the year before (ACGR-1 to ACGR-5, COMP-5).
create or replace temp table class_stays as
select c.student_id, s.school_id, s.district_id, e.entry_date, e.exit_date,
       date_diff('day', e.entry_date, e.exit_date) + 1 as days
from cohorts c
join enrollments e using (student_id)
join schools s on s.school_id = e.school_id
where c.cohort_year = (select graduation_year from law_year)
  and c.school_id is null
  and e.school_year in (select year from law_class_years);

create or replace temp table longest as  -- the longest enrolment; of equal ones the last
select 'school' as level, student_id, entity from (
  select student_id, school_id as entity, sum(days) as days, max(exit_date) as last_day
  from class_stays group by all)
qualify row_number() over (partition by student_id order by days desc, last_day desc) = 1
union all
select 'district', student_id, entity from (
  select student_id, district_id as entity, sum(days) as days, max(exit_date) as last_day
  from class_stays group by all)
qualify row_number() over (partition by student_id order by days desc, last_day desc) = 1;

create or replace temp table cohort_members as
select c.*, coalesce(c.school_id, ls.entity) as at_school,
       coalesce(c.district_id, s.district_id, ld.entity) as at_district,
       coalesce(
         c.status = 'excluded' and c.exit_evidence is not null
         and c.exit_reason in (select word from law_words where list = 'cohort_removals'), false) as removed,
       coalesce(
         c.status = 'graduate' and coalesce(c.exit_date <= (select graduation_last_day from law_year), true)
         and c.diploma in (select word from law_words where list = 'graduation_diplomas'), false) as graduated
from cohorts c
left join schools s on s.school_id = c.school_id
left join longest ls on ls.student_id = c.student_id and ls.level = 'school'
left join longest ld on ld.student_id = c.student_id and ld.level = 'district'
where c.cohort_year = (select graduation_year from law_year);

create or replace temp table cohort_heads as
select level as place_level, entity, student_id, 'graduation.rate' as measure, cast(graduated as bigint) as adds
from (
  select 'school' as level, at_school as entity, * from cohort_members
  union all by name select 'district' as level, at_district as entity, * from cohort_members
  union all by name select 'state' as level, (select state from law_state) as entity, * from cohort_members)
where not removed and entity is not null;
