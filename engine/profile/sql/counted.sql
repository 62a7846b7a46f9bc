-- step: choose the most frequent value of one attribute; of equals, the latest
-- inputs: work."<identity>.ranked"
-- outputs: work."<identity>.pick.<attribute>": score of the winner, as in winners
create or replace table {{rel .Pick.Out}} as
select
  v.{{ident .ID}},
  max((v."prefer" * 4194304 + least(v."n", 4194303)) * cast(17179869184 as bigint) + v."last") as "score"
from (
  select
    r.{{ident .ID}},
    r.{{ident .Pick.Column}} as "value",
    count(*) as "n",
    max(r."_rank") as "last",
    max({{if .Pick.Prefer}}case r."input"{{range .Pick.Prefer}} when {{lit .Name}} then {{lit .Order}}{{end}} else 0 end{{else}}0{{end}}) as "prefer"
  from {{rel .Ranked}} r
  where r.{{ident .Pick.Column}} is not null
  group by r.{{ident .ID}}, r.{{ident .Pick.Column}}
) v
group by v.{{ident .ID}}
