-- step: clean the raw identifier values: trimmed, e-mails lower-cased, placeholders null
-- inputs: work."<identity>.raw"
-- outputs: work."<identity>.cleaned" (a view)
create or replace view {{rel .Cleaned}} as
select r."rid", r."input", r."record_key", r."place", r."updated_at", r."occurred_at", r."trust"
{{- range .Attributes}}, r.{{ident .Column}}{{end}}
{{- range .Cleans}},
  {{if .Parts}}coalesce({{range .Parts}}case when {{template "nothing" .}} then null else nullif({{if .Lower}}lower(trim({{ident "r" .Column}})){{else}}trim({{ident "r" .Column}}){{end}}, '') end, {{end}}null){{else}}cast(null as varchar){{end}} as {{ident .Name}}
{{- end}}
from {{rel .Raw}} r
