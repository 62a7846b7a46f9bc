-- step: make a table of the warehouse, without keys, defaults and checks
-- inputs: nothing
-- outputs: the table
CREATE TABLE {{rel .Table}} (
{{- range $i, $c := .Columns}}{{sep $i ","}}
  {{ident $c.Name}} {{type $c.Type}}
{{- end}}
)
