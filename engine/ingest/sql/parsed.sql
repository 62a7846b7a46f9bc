-- step: give each column the type its table has, and mark rows with values that do not fit
-- inputs: work."<stream>.in"
-- outputs: view work."<stream>.parsed"
create or replace view {{rel .Parsed}} as
select
{{- range .Incoming}}
  {{if .Try}}case when {{template "_exact" .Exact}} then try_cast(s.{{ident .Name}} as {{type .Table}}) end{{else if .Cast}}cast(s.{{ident .Name}} as {{type .Table}}){{else}}s.{{ident .Name}}{{end}} as {{ident .Name}},
{{- end}}
{{- if .Scoped}}
  s.{{ident .ScopeColumn}},
{{- end}}
  s.{{ident .SeqColumn}},
  (false
{{- range .Incoming}}{{if .Strict}}
    or s.{{ident .Name}} is not null{{if not .Dropped}} and not ({{template "_exact" .Exact}}){{end}}
{{- end}}{{end}}) as "_cdp_misfit"
from {{rel .In}} s
