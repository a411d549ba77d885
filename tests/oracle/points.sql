-- Components, total, letter (GRADE-1 to GRADE-7). Maxima and shares stay whole numbers over whole numbers.
create or replace temp table graded as  -- the column of cuts by the presence of grade 12 (GRADE-1)
select g.place_level, g.entity, c.column_name, c.scale,
       g.tested as has_tested_grade
from (
  select 'school' as place_level, school_id as entity, list_contains(grades, k.grade) as upper,
         list_has_any(grades, (select list(word) from law_words where list = 'tested_grades')) as tested
  from schools, law_scale_choice k
  union all
  select 'district', district_id, bool_or(list_contains(grades, k.grade)),
         bool_or(list_has_any(grades, (select list(word) from law_words where list = 'tested_grades')))
  from schools, law_scale_choice k group by district_id) g
join law_columns c on c.place_level = g.place_level and c.upper = g.upper;

create or replace temp table shares as  -- without a participant performance is 0 of those asked (COMP-6)
select g.place_level, g.entity, g.scale, m.measure, m.num as max_num, m.den as max_den,
       case when c.denominator is null and z.measure is not null then 0 else c.numerator end as numerator,
       case when c.denominator is null and z.measure is not null then a.denominator else c.denominator end as denominator,
       case split_part(m.measure, '.', 2) when 'growth' then 100 when 'growth_lowest' then 100
         when 'progress' then 1000000 else case m.measure when 'readiness.rate' then 2 else 1 end end as unit
from graded g
join law_components m using (scale)
left join counts c on c.subgroup = 'all' and c.place_level = g.place_level and c.entity = g.entity and c.measure = m.measure
left join law_zero_without z on z.measure = m.measure
left join counts a on a.subgroup = 'all' and a.place_level = g.place_level and a.entity = g.entity and a.measure = z.asked;

create or replace temp table missing as
select place_level, entity, measure,
       coalesce(denominator, 0) < (select num from law_numbers where name = 'minimum_n') as dropped
from shares;

create or replace temp table components as  -- maximum ÷ divisor where the component that scales away is missing (GRADE-5)
select s.place_level, s.entity, s.scale, s.measure, m.dropped, s.numerator, s.denominator * s.unit as denominator,
       cast(s.max_num as hugeint) * case when away.dropped then w.den else 1 end as max_num,
       cast(s.max_den as hugeint) * case when away.dropped then w.num else 1 end as max_den,
       least(s.numerator, s.denominator * s.unit) as capped,
       coalesce(away.dropped, false) as is_scaled, coalesce(s.measure = w.measure, false) as scales_away
from shares s
join missing m using (place_level, entity, measure)
left join law_scaled_away w on true
left join missing away on away.place_level = s.place_level and away.entity = s.entity and away.measure = w.measure;

create or replace temp table sums as  -- over one common denominator
with parts as (
  select place_level, entity, scale,
         cast(capped as hugeint) * max_num as earned, cast(denominator as hugeint) * max_den as below, max_num, max_den
  from components where not dropped
), commons as (
  select place_level, entity, list_reduce(list(below), lambda x, y: lcm(x, y)) as below,
         list_reduce(list(max_den), lambda x, y: lcm(x, y)) as max_below
  from parts group by all
)
select p.place_level, p.entity, p.scale, c.below, c.max_below,
       cast(sum(p.earned * (c.below // p.below)) as hugeint) as earned,
       cast(sum(p.max_num * (c.max_below // p.max_den)) as hugeint) as available
from parts p join commons c using (place_level, entity) group by all;

create or replace temp table totals as  -- earned ÷ available × full; half of the scale must be available (GRADE-7)
select s.place_level, s.entity, f.full_points as possible,
       s.earned * s.max_below * f.full_points as num, s.below * s.available as den,
       s.available * n.den >= n.num * f.full_points * s.max_below as enough
from sums s
join law_scales f using (scale)
join law_numbers n on n.name = 'least_available_share';

create or replace temp table ratings as
select g.place_level, g.entity, g.has_tested_grade, coalesce(t.enough, false) as enough, t.possible, t.num, t.den,
       (2 * t.num + t.den) // (2 * t.den) as points, g.column_name
from graded g left join totals t using (place_level, entity);

create or replace temp table letters as  -- inclusive minima on the rounded total (GRADE-2, GRADE-6)
select r.place_level, r.entity, c.letter
from ratings r join law_cuts c on c.column_name = r.column_name and r.points >= c.least
where r.enough and r.has_tested_grade
qualify row_number() over (partition by r.place_level, r.entity order by c.least desc) = 1;
