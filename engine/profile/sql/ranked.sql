-- step: rank the records that the attributes not chosen in one scan choose from, worst first
-- inputs: work."<identity>.records"
-- outputs: work."<identity>.ranked"
create or replace table {{rel .Ranked}} as
select
  r.*,
  row_number() over (
    order by
      r."updated_at" nulls first,
      r."trust" nulls first,
      case r."input"{{range .Inputs}} when {{lit .Name}} then {{lit .Order}}{{end}} end nulls first,
      r."input" desc,
      r."record_key" desc
  ) as "_rank"
from {{rel .Records}} r
where r.{{ident .ID}} is not null
{{- if .Columns}}
  and ({{range $i, $c := .Columns}}{{if $i}} or {{end}}r.{{ident $c}} is not null{{end}})
{{- end}}
{{- if not .Touched.All}}
  and exists (select 1 from {{rel .Touched.IDs}} t where t.{{ident .ID}} = r.{{ident .ID}})
{{- end}}
