-- step: count values that would not print back the same in other types
-- inputs: was."<table>", in the types it has
-- outputs: one row: per column its values, and those that do not cast exactly
select
{{- range $i, $c := .Recast}}{{sep $i ","}}
  coalesce(sum(case when s.{{ident .Name}} is null then 0 else 1 end), 0),
  coalesce(sum(case when s.{{ident .Name}} is null or ({{template "_exact" .}}) then 0 else 1 end), 0)
{{- end}}
from {{rel .Was}} s
