-- step: put attributes, identifiers and traits into one row per customer
-- inputs: golden, work."<identity>.traits.<n>"
-- outputs: work."<identity>.profiles"
create or replace table {{rel .Profiles}} as
select {{range $i, $c := .Columns}}{{if $i}}, {{end}}p.{{ident $c.Name}}{{end}}
from
{{- range .Layers}} (
select p.*{{range .}}, cast({{if .Default.Value}}coalesce({{fragment .Value}}, {{fragment .Default}}){{else}}{{fragment .Value}}{{end}} as {{type .Type}}) as {{ident .Name}}{{end}}
from
{{- end}} (
  select
    g.*
{{- range .Aggregates}},
    {{if .Default.Value}}coalesce({{ident .Alias}}.{{ident .Name}}, cast({{fragment .Default}} as {{type .Type}})){{else}}{{ident .Alias}}.{{ident .Name}}{{end}} as {{ident .Name}}
{{- end}}
  from {{rel .Golden}} g
{{- range .Scans}}
  left join {{rel .Out}} {{ident .Alias}} on {{ident .Alias}}.{{ident $.ID}} = g.{{ident $.ID}}
{{- end}}
) p
{{- range .Layers}}
) p
{{- end}}
