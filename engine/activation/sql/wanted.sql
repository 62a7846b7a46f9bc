-- step: one row per key: key, fields, what is wrong with it, fingerprint
-- inputs: what the sync reads, or its hashed rows
-- outputs: work."<sync>.wanted"
create or replace table {{rel .Wanted}} as
select
  w."customer_id",
  '{' || {{range $i, $c := .SortedKey}}{{sep $i " || ',' || "}}{{lit $c.Label}} || {{template "json" $c}}{{end}} || '}' as "id"
{{- range .FieldColumns}},
  {{ident "w" .Column}}{{end}},
  case
{{- range .KeyColumns}}
    when {{ident "w" .Column}} is null{{if .Text}} or {{ident "w" .Column}} = ''{{end}} then {{lit .EmptyKey}}
{{- end}}
{{- range .FieldColumns}}{{if .Required}}
    when {{ident "w" .Column}} is null then {{lit .EmptyField}}
{{- end}}{{end}}
  end as "problem",
  sha256(concat_ws('', {{lit .Prefix}}{{range .Canonical}}, {{template "piece" .}}{{end}})) as "fingerprint"
from ({{if .AnyHash}}select * from {{rel .Hashed}}{{else}}{{template "mapping" .}}{{end}}
) w
