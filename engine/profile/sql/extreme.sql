-- step: choose the smallest or largest value of one attribute; of equals, the latest
-- inputs: work."<identity>.ranked"
-- outputs: work."<identity>.pick.<attribute>": score of the winner, as in winners
create or replace table {{rel .Pick.Out}} as
select
  r.{{ident .ID}},
  max(r."_rank") as "score"
from {{rel .Ranked}} r
join (
  select x.{{ident .ID}}, {{if .Pick.Largest}}max{{else}}min{{end}}(x.{{ident .Pick.Column}}) as "value"
  from {{rel .Ranked}} x
  group by x.{{ident .ID}}
) e on e.{{ident .ID}} = r.{{ident .ID}} and e."value" = r.{{ident .Pick.Column}}
group by r.{{ident .ID}}
