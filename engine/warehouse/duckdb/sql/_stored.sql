{{define "stored"}}
{{- if .Labels}}CASE{{range .Labels}} WHEN {{range $i, $w := .When}}{{sep $i " AND "}}t.{{ident $w.Column}} = {{lit $w.Value}}{{end}} THEN {{lit .New}}{{end}} ELSE t.{{ident .From}} END
{{- else}}t.{{ident .From}}{{end}}{{end}}
