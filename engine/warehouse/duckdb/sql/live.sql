-- step: show a table as user SQL reads it: living rows, no bookkeeping
-- inputs: view now.<table>
-- outputs: view <schema>.<table>
CREATE OR REPLACE VIEW {{rel .View}} AS
SELECT {{if .Columns}}{{cols .Columns}}{{else}}*{{end}} FROM {{rel .Now}}
{{- if .Live.Value}}
WHERE ({{fragment .Live}})
{{- end}}
