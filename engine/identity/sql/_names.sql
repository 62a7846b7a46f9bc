{{define "names"}}case h."identifier" when -1 then ''{{range $i, $d := .IdentifierList}} when {{lit $i}} then {{lit $d.Name}}{{end}} end{{end}}
