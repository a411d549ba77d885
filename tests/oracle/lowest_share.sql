-- Title I-A schools whose average index is in the lowest share of all that have one (CSI-2, GEN-5, section 9b).
-- Index: the rounded total of GRADE-6 over the points possible. Here in 1 / 7,000,000 of it: of 700 and of 1,000 whole.
create or replace temp table year_indexes as
select y.school_id, y.school_year, l.back, cast(y.points as hugeint) * (7000000 // y.possible) as index
from yearly_scores y join law_years_back l using (school_year)
where y.points is not null;

-- Of the most recent years with a score, this one in; times 6, so that the mean of two and of three years is whole.
create or replace temp table averages as
select school_id, sum(index) * 6 // count(*) as average, count(*) as years_used
from (select *, row_number() over (partition by school_id order by back) as recent from year_indexes)
where recent <= (select num from law_numbers where name = 'average_years')
group by school_id
having min(back) = 0 and count(*) >= (select num from law_numbers where name = 'average_at_least');

create or replace temp table ranked_schools as
select a.*, row_number() over (order by average) as place, count(*) over () as n
from averages a join ranked_population using (school_id);

create or replace temp table lowest_schools as
select school_id from ranked_schools
where average <= (
  select average from ranked_schools, law_numbers s
  where s.name = 'lowest_schools_share' and place = (s.num * n + s.den - 1) // s.den);
