-- step: take a table into another schema, with other names for columns
-- inputs: the table
-- outputs: the table under its new name
CREATE TABLE {{rel .To}} AS
SELECT
{{- range $i, $c := .Columns}}{{sep $i ","}}
  t.{{ident $c.From}} AS {{ident $c.To}}
{{- end}}
FROM {{rel .From}} AS t
