-- step: give each column the type its table has, and mark rows with values that do not fit
-- inputs: work."<stream>.in"
-- outputs: view work."<stream>.parsed"
create or replace view {{rel .Parsed}} as
select
{{- range .Incoming}}
  {{if .Cast}}{{if .Try}}try_cast{{else}}cast{{end}}(s.{{ident .Name}} as {{type .Table}}){{else}}s.{{ident .Name}}{{end}} as {{ident .Name}},
{{- end}}
{{- if .Scoped}}
  s.{{ident .ScopeColumn}},
{{- end}}
  s.{{ident .SeqColumn}},
  (false
{{- range .Incoming}}{{if .Strict}}
    or s.{{ident .Name}} is not null{{if not .Dropped}} and try_cast(s.{{ident .Name}} as {{type .Table}}) is null{{end}}
{{- end}}{{end}}) as "_cdp_misfit"
from {{rel .In}} s
