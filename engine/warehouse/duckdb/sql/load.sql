-- step: put a batch stream into a table, in the types of its columns
-- inputs: a reader
-- outputs: a table of scratch
CREATE OR REPLACE TABLE {{rel .Into}} AS
SELECT
{{- range $i, $c := .Columns}}{{sep $i ","}}
  CAST({{if $c.Nested}}to_json({{ident $c.Name}}){{else}}{{ident $c.Name}}{{end}} AS {{type $c.Type}}) AS {{ident $c.Name}}
{{- end}}
FROM {{rel .From}}
