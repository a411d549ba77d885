-- Which result of a student stands for a subject and year, and its rank and half of a level (ASSESS-1, ASSESS-5, COMP-2).
create or replace temp table read_results as
select r.result_id, r.assessment_id, r.student_id, r.school_year, r.school_id, r.scale_score,
       a.program, a.subject, a.test, p.is_main, p.proficient_from, p.top,
       r.level is not null as scored, l.rank, l.held, l.has_halves,
       b.lowest, b.highest,
       r.scale_score * 2 >= b.lowest + b.highest as upper_half
from results r
join assessments a using (assessment_id)
join law_programs p using (program)
left join law_levels l on l.program = a.program and l.name = r.level
left join (select assessment_id, unnest(levels, recursive := true) from assessments) b
  on b.assessment_id = r.assessment_id and b.name = r.level
where a.kind = 'academic';

create or replace temp table standing_results as
select r.*
from read_results r
left join full_year f on f.level = 'school' and f.student_id = r.student_id
  and r.school_year = (select year from law_year)
qualify row_number() over (
  partition by r.student_id, r.subject, r.school_year
  order by scored desc, coalesce(coalesce(r.school_id, f.entity) = f.entity, false) desc, is_main desc,
           scale_score desc nulls last, assessment_id, result_id) = 1;

create or replace temp table current_results as
select * from standing_results where school_year = (select year from law_year);
