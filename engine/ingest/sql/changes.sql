-- step: compare a load with its table, row by row
-- inputs: work."<stream>.kept", was."<table>"
-- outputs: work."<stream>.changes": rows that are new, differ, or are gone
create or replace table {{rel .Changes}} as
select
{{- if .Absent}}
{{- range .Typed}}
  case when n.{{ident $.SeqColumn}} is null then w.{{ident .}} else n.{{ident .}} end as {{ident .}},
{{- end}}
{{- else}}
{{- range .Typed}}
  n.{{ident .}},
{{- end}}
{{- end}}
{{- range .Gone}}
  w.{{ident .Name}},
{{- end}}
{{- if .History}}
  w."_cdp_valid_from" as "_cdp_since",
{{- end}}
  w.{{ident .FirstKey}} is not null as "_cdp_had",
  case
    when n.{{ident .SeqColumn}} is null then 'delete'
    when w.{{ident .FirstKey}} is null or w."_cdp_deleted_at" is not null then 'insert'
    else 'update'
  end as "_cdp_change"
from {{rel .Kept}} n
{{if .Absent}}full{{else}}left{{end}} join {{if .History}}(select * from {{rel .Was}} where "_cdp_valid_to" is null){{else}}{{rel .Was}}{{end}} w
  on {{range $i, $k := .Key}}{{sep $i " and "}}w.{{ident $k}} = n.{{ident $k}}{{end}}
where w.{{ident .FirstKey}} is null
   or (n.{{ident .SeqColumn}} is null and w."_cdp_deleted_at" is null)
   or (n.{{ident .SeqColumn}} is not null and (w."_cdp_deleted_at" is not null
{{- range .Compared}}
   or w.{{ident .}} is distinct from n.{{ident .}}
{{- end}}))
