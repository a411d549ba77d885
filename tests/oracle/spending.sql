-- Expenditure per student by both methods, in cents over divisors in ten-thousandths (PPE-1 to PPE-6).
create or replace temp table balances as  -- of several days of an account the latest
select *, coalesce(source, case when exists (
           select 1 from law_ranges r where r.list = 'federal_funds' and cast(fund as int) between r.low and r.high)
         then 'federal' else 'state_local' end) as paid_by
from expenditures
where fiscal_year = (select year from law_year)
qualify row_number() over (
  partition by account_id, coalesce(school_id, ''), coalesce(district_id, '') order by as_of desc) = 1;

create or replace temp table included as
select 'superintendent' as method, school_id, district_id, paid_by, amount_cents from balances
where exists (select 1 from law_ranges where list = 'superintendent_included_functions'
              and cast("function" as int) between low and high)
union all
select 'essa', school_id, district_id, paid_by, amount_cents from balances
where not exists (select 1 from law_ranges where list = 'essa_excluded_funds' and cast(fund as int) between low and high)
  and not exists (select 1 from law_ranges where list = 'essa_excluded_functions'
                  and cast("function" as int) between low and high)
  and not exists (select 1 from law_ranges where list = 'essa_excluded_objects'
                  and cast("object" as int) between low and high);

create or replace temp table year_memberships as
select school_id, district_id, cast(cast(ada as decimal(18, 4)) * 10000 as hugeint) as ada,
       cast(membership as hugeint) * 10000 as members
from memberships where school_year = (select year from law_year);

create or replace temp table school_divisors as
select s.school_id, s.district_id, m.ada, m.members,
       m.school_id is not null or exists (select 1 from balances b where b.school_id = s.school_id) as matters
from schools s left join year_memberships m on m.school_id = s.school_id;

create or replace temp table district_divisors as  -- its own, else its schools', when each that matters has one
select d.district_id,
       coalesce(own.ada, case when pooled.ada_known then pooled.ada end) as ada,
       coalesce(own.members, case when pooled.members_known then pooled.members end) as members,
       own.district_id is not null or pooled.matters
         or exists (select 1 from balances b where b.district_id = d.district_id and b.school_id is null) as matters
from districts d
left join year_memberships own on own.district_id = d.district_id and own.school_id is null
left join (
  select district_id, sum(ada) filter (matters) as ada, sum(members) filter (matters) as members,
         coalesce(bool_and(ada is not null) filter (matters), false) as ada_known,
         coalesce(bool_and(members is not null) filter (matters), false) as members_known,
         bool_or(matters) as matters
  from school_divisors group by district_id) pooled on pooled.district_id = d.district_id;

create or replace temp table divisors as
select 'school' as level, school_id as entity, ada, members from school_divisors
union all select 'district', district_id, ada, members from district_divisors
union all
select 'state', (select state from law_state),
       case when bool_and(ada is not null) then sum(ada) end, case when bool_and(members is not null) then sum(members) end
from district_divisors where matters;

create or replace temp table lines as  -- by measure, and where each line was told: a school, or a district's own
select m.measure, i.school_id, coalesce(s.district_id, i.district_id) as district_id, cast(i.amount_cents as hugeint) as cents
from included i
left join schools s on s.school_id = i.school_id
cross join lateral (select unnest(case method when 'essa' then ['essa', 'essa.' || paid_by] else [method] end) as measure) m;

create or replace temp table spent as  -- cents ÷ shared; no line is 0 cents
with measures as (select unnest(['essa', 'essa.federal', 'essa.state_local', 'superintendent']) as measure),
own as (select school_id, measure, sum(cents) as cents from lines where school_id is not null group by all),
central as (select district_id, measure, sum(cents) as cents from lines where school_id is null group by all),
pool as (select district_id, sum(members) as members from school_divisors group by district_id)
select 'state' as level, (select state from law_state) as entity, m.measure,
       coalesce(sum(l.cents), 0::hugeint) as cents, 1::hugeint as shared
from measures m left join lines l using (measure) group by all
union all
select 'district', d.district_id, m.measure, coalesce(sum(l.cents), 0::hugeint), 1::hugeint
from districts d cross join measures m
left join lines l on l.measure = m.measure and l.district_id = d.district_id group by all
union all  -- its own lines, and of the district's own a share by members of month 1
select 'school', s.school_id, m.measure,
       coalesce(o.cents, 0) * case when p.members > 0 then p.members else 1 end + coalesce(c.cents, 0) * coalesce(s.members, 0),
       case when p.members > 0 then p.members else 1 end
from school_divisors s cross join measures m
left join own o on o.school_id = s.school_id and o.measure = m.measure
left join central c on c.district_id = s.district_id and c.measure = m.measure
left join pool p on p.district_id = s.district_id;

create or replace temp table unshared as  -- schools of whose district's own lines no share is known: they have no number
select s.school_id from schools s
where exists (select 1 from balances b where b.district_id = s.district_id and b.school_id is null)
  and not (select coalesce(bool_and(o.members is not null) and sum(o.members) > 0, false)
           from school_divisors o where o.district_id = s.district_id and o.matters);

create or replace temp table spending as  -- nothing to divide by is no number (PPE-5)
select s.*, case when s.level = 'school' and s.entity in (select school_id from unshared) then null
                 else nullif(case when starts_with(s.measure, 'essa') then d.members else d.ada end, 0) end as divisor
from spent s join divisors d using (level, entity);
