{{define "words"}}{{range $i, $w := .}}{{sep $i ", "}}{{lit $w}}{{end}}{{end}}
{{define "nothing"}}lower(trim({{ident "r" .Column}})) in ({{template "words" .Words}}) or replace(trim({{ident "r" .Column}}), '0', '') = ''{{end}}
