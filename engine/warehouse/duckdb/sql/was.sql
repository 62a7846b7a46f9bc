-- step: show a table as the warehouse has it, in the columns declared
-- inputs: the warehouse
-- outputs: view was.<table>
CREATE OR REPLACE VIEW {{rel .View}} AS
SELECT
{{- range $i, $c := .Columns}}{{sep $i ","}}
  {{if $c.Same}}{{template "stored" $c}}{{else if $c.There}}TRY_CAST({{template "stored" $c}} AS {{type $c.Type}}){{else}}CAST(NULL AS {{type $c.Type}}){{end}} AS {{ident $c.Name}}
{{- end}}
{{- if .Exists}}
FROM {{rel .Table}} AS t
{{- range $n, $gone := .Gone}}
{{if $n}}AND{{else}}WHERE{{end}} NOT ({{range $i, $w := $gone}}{{sep $i " AND "}}t.{{ident $w.Column}} IS NOT DISTINCT FROM {{lit $w.Value}}{{end}})
{{- end}}
{{- else}}
WHERE FALSE
{{- end}}
