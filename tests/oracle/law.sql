-- Values of the scoring chapter as tables; numbers as whole numerators over whole denominators.
create or replace temp table law_state (state varchar);
create or replace temp table law_year (year varchar, previous varchar, graduation_year varchar,
                                       graduation_last_day date, snapshot date);
create or replace temp table law_class_years (year varchar);
create or replace temp table law_numbers (name varchar, num bigint, den bigint);
create or replace temp table law_words (list varchar, word varchar);
create or replace temp table law_ranges (list varchar, low int, high int);
create or replace temp table law_window (first date, last date);
create or replace temp table law_closures (day date);
create or replace temp table law_programs (program varchar, is_main boolean, proficient_from int, top int);
create or replace temp table law_levels (program varchar, name varchar, rank int, held bigint, has_halves boolean);
create or replace temp table law_program_subjects (program varchar, subject varchar);
create or replace temp table law_prior_years (latest_earlier boolean, year varchar, place int);
create or replace temp table law_latest_earlier_tests (test varchar);
create or replace temp table law_growth_subjects (subject varchar);
create or replace temp table law_growth_weights (one_level bigint, several_levels bigint, highest_level bigint,
                                                 half_level bigint);
create or replace temp table law_scales (scale varchar, full_points bigint);
create or replace temp table law_components (scale varchar, measure varchar, num bigint, den bigint);
create or replace temp table law_scaled_away (measure varchar, num bigint, den bigint);
create or replace temp table law_zero_without (measure varchar, asked varchar);
create or replace temp table law_columns (place_level varchar, upper boolean, column_name varchar, scale varchar);
create or replace temp table law_cuts (column_name varchar, letter varchar, least bigint);
create or replace temp table law_scale_choice (grade varchar);
create or replace temp table law_marks (kind varchar, marks varchar[], least varchar);
create or replace temp table law_act_marks (part int, name varchar, least int);
