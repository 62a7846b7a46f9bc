{{define "kept"}}{{if eq .Mode "insert"}}o."held"{{else}}coalesce(o."wanted", o."held"){{end}}{{end}}
