-- step: show a table with its staged delta, all rows and columns
-- inputs: view was.<table>, the delta
-- outputs: view now.<table>
CREATE OR REPLACE VIEW {{rel .View}} AS
{{- if .Before}}
SELECT {{cols .Columns "t"}}
FROM {{rel .Was}} AS t
WHERE {{if .Gone}}FALSE{{else}}TRUE{{end}}
{{- range .Delete}}
  AND NOT EXISTS (SELECT 1 FROM {{rel .}} AS d WHERE {{same $.Key "t" "d"}})
{{- end}}
{{- end}}
{{- range $n, $d := .Insert}}
{{- if or $n $.Before}}
UNION ALL
{{- end}}
SELECT
{{- range $i, $c := .Columns}}{{sep $i ","}}
  CAST({{if $c.There}}d.{{ident $c.Name}}{{else}}{{lit $c.Value}}{{end}} AS {{type $c.Type}}) AS {{ident $c.Name}}
{{- end}}
FROM {{rel .From}} AS d
{{- end}}
