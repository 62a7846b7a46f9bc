-- step: find the types of the keys and fields of a sync
-- inputs: what the sync reads
-- outputs: no rows; the columns
select
{{- range $i, $c := .Columns}}{{sep $i ","}}
  ({{fragment .SQL}}) as {{ident .Column}}
{{- end}}
from ({{template "source" .}}
) p
limit 0
