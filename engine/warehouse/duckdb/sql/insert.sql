-- step: insert rows, with run-time values filled in
-- inputs: the table, the rows
-- outputs: the table
INSERT INTO {{rel .Table}} ({{cols .Names}})
SELECT
{{- range $i, $c := .Columns}}{{sep $i ","}}
  CAST({{if $c.There}}{{if $c.Nested}}to_json(d.{{ident $c.Name}}){{else}}d.{{ident $c.Name}}{{end}}{{else}}{{bind $c.Value}}{{end}} AS {{type $c.Type}})
{{- end}}
FROM {{rel .From}} AS d
