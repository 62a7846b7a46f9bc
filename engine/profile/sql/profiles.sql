-- step: put attributes, identifiers and traits into one row per customer; traits over one input are computed in one scan
-- inputs: golden, work."<identity>.input.<input>", <identity>.members
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
  left join (
  {{template "scan" .}}
  ) {{ident .Alias}} on {{ident .Alias}}.{{ident $.ID}} = g.{{ident $.ID}}
{{- end}}
) p
{{- range .Layers}}
) p
{{- end}}
