{{define "words"}}{{range $i, $w := .}}{{sep $i ", "}}{{lit $w}}{{end}}{{end}}
{{define "nothing"}}lower(trim({{ident "r" .Column}})) in ({{template "words" .Words}}) or replace(trim({{ident "r" .Column}}), '0', '') = ''{{end}}
{{define "parting"}}case when g."gone" > 0 then 'records gone' else 'values or rules changed' end{{end}}
{{define "joining"}}trim(coalesce(r."reason", {{template "parting" .}})){{end}}
