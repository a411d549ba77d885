-- Acceleration, readiness and English learners' progress: heads of the other components (COMP-6 to COMP-8).
create or replace temp table in_year as
select distinct p.level, p.entity, e.student_id, e.grade
from enrollments e join places p using (school_id)
where e.school_year = (select year from law_year);

create or replace temp table accelerated as
select t.student_id,
       bool_or(coalesce(case k.kind
         when 'dual' then t.credit_awarded
         when 'industry' then t.credential_passed
         else list_position(m.marks, t.exam_score) >= list_position(m.marks, m.least) end, false)) as succeeded
from (select *, unnest(case when kind is not null then [kind] else
        (select c.kinds from courses c where c.course_id = tr.course_id) end) as one from transcripts tr) t
cross join lateral (select t.one as kind) k
left join law_marks m on m.kind = k.kind
where t.school_year = (select year from law_year)
  and t.outcome in (select word from law_words where list = 'acceleration_outcomes')
group by t.student_id;

create or replace temp table upper_grades as
select distinct level, entity, student_id from in_year
where grade in (select word from law_words where list = 'acceleration_grades');

create or replace temp table seniors as
select distinct p.level, p.entity, e.student_id
from enrollments e join places p using (school_id), law_year y
where e.school_year = y.year and e.grade in (select word from law_words where list = 'readiness_grade')
  and y.snapshot between e.entry_date and coalesce(e.exit_date, date '9999-12-31');

create or replace temp table best_parts as
select student_id, part.name as name, max(part.score) as score
from (select r.student_id, unnest(r.parts) as part
      from results r join assessments a using (assessment_id)
      where a.kind = 'college_entrance' and r.school_year <= (select year from law_year))
group by all;

create or replace temp table act_ready as  -- strict: every part of the law, each by any one of its sub-scores
select student_id from (
  select distinct b.student_id, m.part from best_parts b join law_act_marks m on m.name = b.name and b.score >= m.least)
group by student_id having count(*) = (select count(distinct part) from law_act_marks);

create or replace temp table credentials as
select distinct student_id from awards
where school_year <= (select year from law_year) and (cte_completer or list_contains(awards, 'industry'));

create or replace temp table work_ready as
select distinct r.student_id
from results r join assessments a using (assessment_id)
where a.kind = 'work_readiness' and r.school_year <= (select year from law_year)
  and (r.level in (select word from law_words where list = 'certificates_alone')
    or (r.level in (select word from law_words where list = 'certificates_with_credential')
        and r.student_id in (select student_id from credentials)));

create or replace temp table english_tests as
select r.student_id, r.school_year, r.scale_score, r.exit_score, r.program_year
from results r join assessments a using (assessment_id)
where a.kind = 'english_language' and r.scale_score is not null;

create or replace temp table english_goals as  -- goal of the year: what is missing over the years left, in whole numbers
select n.student_id, n.scale_score - p.scale_score as gain, n.exit_score - p.scale_score as missing,
       greatest((select num from law_numbers where name = 'english_exit_years') + 1 - n.program_year, 1) as years_left,
       n.scale_score >= n.exit_score as met
from english_tests n join english_tests p using (student_id)
where n.school_year = (select year from law_year) and p.school_year = (select previous from law_year)
  and n.exit_score is not null and n.program_year >= 2;

create or replace temp table english_progress as  -- in millionths of a student, half-up
select student_id,
       case when met or gain * years_left >= missing then 1000000
            when gain <= 0 then 0
            else (2 * gain * years_left * 1000000 + missing) // (2 * missing) end as progress
from english_goals;

create or replace temp table other_heads as
select u.level as place_level, u.entity, u.student_id, 'acceleration.participation' as measure,
       cast(a.student_id is not null as bigint) as adds
from upper_grades u left join accelerated a using (student_id)
union all
select u.level, u.entity, u.student_id, 'acceleration.performance', cast(a.succeeded as bigint)
from upper_grades u join accelerated a using (student_id)
union all
select s.level, s.entity, s.student_id, 'readiness.rate',
       case when s.student_id in (select student_id from act_ready)
              or s.student_id in (select student_id from work_ready) then 2 else 0 end
from seniors s
union all
select f.level, f.entity, f.student_id, 'english_learners.progress', cast(e.progress as bigint)
from full_year f join english_progress e using (student_id);
