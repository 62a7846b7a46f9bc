-- step: show a table as the warehouse has it, in the columns declared
-- inputs: the warehouse
-- outputs: view was.<table>
CREATE OR REPLACE VIEW {{rel .View}} AS
SELECT
{{- range $i, $c := .Columns}}{{sep $i ","}}
  {{if $c.Same}}t.{{ident $c.Name}}{{else if $c.There}}TRY_CAST(t.{{ident $c.Name}} AS {{type $c.Type}}){{else}}CAST(NULL AS {{type $c.Type}}){{end}} AS {{ident $c.Name}}
{{- end}}
{{- if .Exists}}
FROM {{rel .Table}} AS t
{{- else}}
WHERE FALSE
{{- end}}
