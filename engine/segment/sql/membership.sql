-- step: decide every segment for every touched customer in one scan
-- inputs: <identity>.profiles
-- outputs: work."<identity>.membership": a boolean per segment
create or replace table {{rel .Membership}} as
select p.{{ident .ID}}{{range .Names}}, p.{{ident .}}{{end}}
from
{{- range .Layers}} (
select p.*{{range .}},
  (
    ({{if .Where.Value}}coalesce({{fragment .Where}}, false){{else}}false{{end}}{{range .Include}} or p.{{ident .}}{{end}})
    {{- range .Exclude}} and not p.{{ident .}}{{end}}
  ) as {{ident .Column}}{{end}}
from
{{- end}} (
  select *
  from {{rel .Profiles}}
{{- if not .Touched.All}}
  where {{ident .ID}} in (select t.{{ident .ID}} from {{rel .Touched.IDs}} t)
{{- end}}
) p
{{- range .Layers}}
) p
{{- end}}
