-- step: put the hashes in the place of the values
-- inputs: work."<sync>.mapped", a table of value and hash per hashed column
-- outputs: work."<sync>.hashed"
create or replace table {{rel .Hashed}} as
select
  m."customer_id"
{{- range .Columns}},
  {{if .Hash}}{{ident .Alias "hash"}} as {{ident .Column}}{{else}}{{ident "m" .Column}}{{end}}
{{- end}}
from {{rel .Mapped}} m
{{- range .Columns}}{{if .Hash}}
left join {{rel .Lookup}} {{ident .Alias}} on {{ident .Alias "value"}} = {{ident "m" .Column}}
{{- end}}{{end}}
