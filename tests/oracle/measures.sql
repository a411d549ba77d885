-- Proficiency, growth, growth of the lowest, participation (COMP-1 to COMP-4, ASSESS-5, GRADE-9).
create or replace temp table valid_results as  -- of students who count somewhere, with a level that their program has
select f.level as place_level, f.entity, r.*
from current_results r join full_year f using (student_id)
where r.rank is not null and exists (
  select 1 from law_program_subjects s where s.program = r.program and s.subject = r.subject);

create or replace temp table prior_years as  -- places in order of preference, for each test that is measured so
select r.student_id, r.subject, y.year, y.place
from current_results r
join law_prior_years y on y.latest_earlier = (r.test in (select test from law_latest_earlier_tests));

create or replace temp table priors as
select p.student_id, p.subject, q.program, q.rank, q.has_halves, q.upper_half, q.scale_score
from prior_years p
join standing_results q
  on q.student_id = p.student_id and q.subject = p.subject and q.school_year = p.year and q.rank is not null
qualify row_number() over (partition by p.student_id, p.subject order by p.place) = 1;

create or replace temp table growth as
select c.place_level, c.entity, c.student_id, c.subject, c.program, c.test, p.scale_score as prior_score,
       greatest(
         case when c.rank > p.rank then w.one_level else 0 end,
         case when c.rank >= p.rank + 2 then w.several_levels else 0 end,
         case when c.rank > p.rank and c.rank = c.top then w.highest_level else 0 end,
         case when c.rank = p.rank then coalesce(c.held, 0) else 0 end,
         case when c.rank = p.rank and c.has_halves and p.upper_half = false and c.upper_half
              then w.half_level else 0 end) as earned
from valid_results c
join priors p on p.student_id = c.student_id and p.subject = c.subject and p.program = c.program
cross join law_growth_weights w
where c.subject in (select subject from law_growth_subjects);

create or replace temp table lowest as  -- ceil(share of n) places, ties at the cut included
with ranked as (
  select *, count(*) over same as n,
         row_number() over (partition by place_level, entity, subject, program, test order by prior_score) as place
  from growth
  where prior_score is not null
  window same as (partition by place_level, entity, subject, program, test)
), cuts as (
  select place_level, entity, subject, program, test, prior_score as cut
  from ranked, law_numbers s
  where s.name = 'lowest_share' and place = (s.num * n + s.den - 1) // s.den
)
select r.* from ranked r join cuts using (place_level, entity, subject, program, test) where r.prior_score <= cut;

create or replace temp table reports as  -- where a result was reported, else where the student counts; by the state anyway
select p.level as place_level, p.entity, r.student_id, r.subject, r.scored
from read_results r join places p using (school_id)
where r.school_year = (select year from law_year)
union all
select f.level, f.entity, r.student_id, r.subject, r.scored
from read_results r join full_year f using (student_id)
where r.school_year = (select year from law_year) and r.school_id is null and f.level <> 'state'
union all
select 'state', state, r.student_id, r.subject, r.scored
from read_results r, law_state
where r.school_year = (select year from law_year) and r.school_id is null;

create or replace temp table expected as  -- a student counts once at an entity, tested when one result there has a score
select place_level, entity, student_id, subject, bool_or(scored) as scored from reports group by all;

create or replace temp table test_heads as
select place_level, entity, student_id, subject || '.proficiency' as measure, cast(rank >= proficient_from as bigint) as adds
from valid_results
union all select place_level, entity, student_id, subject || '.growth', earned from growth
union all select place_level, entity, student_id, subject || '.growth_lowest', earned from lowest
union all select place_level, entity, student_id, subject || '.participation', cast(scored as bigint) from expected;
