-- step: choose the winning record of each attribute that one scan can choose
-- inputs: work."<identity>.ranked"
-- outputs: work."<identity>.winners": per attribute, the score of its winner; its rank is the score modulo 2^34
create or replace table {{rel .Winners}} as
select
  r.{{ident .ID}}
{{- range .Scored}},
  max(
    case when {{range $i, $c := .Columns}}{{if $i}} or {{end}}r.{{ident $c}} is not null{{end}} then
      (
        {{if .Prefer}}case r."input"{{range .Prefer}} when {{lit .Name}} then {{lit .Order}}{{end}} else 0 end{{else}}0{{end}} * 4194304
        + {{if .Longest}}least(length(cast(r.{{ident (index .Columns 0)}} as {{type $.Text}})), 4194303){{else}}0{{end}}
      ) * cast(17179869184 as bigint) + r."_rank"
    end
  ) as {{ident .Name}}
{{- end}}
from {{rel .Ranked}} r
group by r.{{ident .ID}}
