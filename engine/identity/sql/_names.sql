{{define "names"}}case h."identifier"{{range $i, $d := .IdentifierList}} when {{lit $i}} then {{lit $d.Name}}{{end}} end{{end}}
