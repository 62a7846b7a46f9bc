-- step: collect the distinct values of one attribute as a JSON list
-- inputs: work."<identity>.ranked"
-- outputs: work."<identity>.pick.<attribute>"
create or replace table {{rel .Pick.Out}} as
select
  r.{{ident .ID}},
  to_json(list(distinct r.{{ident .Pick.Column}} order by r.{{ident .Pick.Column}})) as "value"
from {{rel .Ranked}} r
where r.{{ident .Pick.Column}} is not null
group by r.{{ident .ID}}
