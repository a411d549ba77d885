-- Who counts where: days of instruction enrolled of all days of instruction in the window (COMP-9, GRADE-9).
create or replace temp table instruction_days as
select cast(d as date) as day
from law_window, generate_series(first, last, interval 1 day) as s(d)
where isodow(d) <= 5 and cast(d as date) not in (select day from law_closures);

create or replace temp table places as  -- every entity of the directory, and the schools in it
select 'school' as level, school_id as entity, school_id from schools
union all select 'district', district_id, school_id from schools
union all select 'state', state, school_id from schools, law_state;

create or replace temp table days_enrolled as  -- a day in two overlapping stays is one day
select p.level, p.entity, e.student_id, count(distinct i.day) as days
from enrollments e
join places p using (school_id)
join instruction_days i on i.day between e.entry_date and coalesce(e.exit_date, date '9999-12-31')
where e.school_year = (select year from law_year)
group by all;

create or replace temp table full_year as  -- one entity of a level at most: the one with more days, then the smaller id
select level, entity, student_id
from days_enrolled, law_numbers n
where n.name = 'full_year_share'
  and days * n.den >= n.num * (select count(*) from instruction_days)
qualify row_number() over (partition by level, student_id order by days desc, entity) = 1;
