-- Numerator and denominator of every measure, entity and subgroup: sums over students, never over schools (GRADE-9).
create or replace temp table heads as
select 'test' as basis, * from test_heads
union all by name select 'year' as basis, * from other_heads
union all by name select 'class' as basis, * from cohort_heads;

create or replace temp table counts as
select place_level, entity, measure, 'all' as subgroup, cast(sum(adds) as bigint) as numerator, count(*) as denominator
from heads group by all
union all
select h.place_level, h.entity, h.measure, s.subgroup, cast(sum(h.adds) as bigint), count(*)
from heads h join subgroups s using (basis, student_id) group by all;
