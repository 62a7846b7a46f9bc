-- step: make an empty table in scratch
-- inputs: nothing
-- outputs: the table
CREATE OR REPLACE TABLE {{rel .Table}} (
{{- range $i, $c := .Columns}}{{sep $i ","}}
  {{ident $c.Name}} {{type $c.Type}}
{{- end}}
)
