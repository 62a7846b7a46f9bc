{{define "rows"}}(SELECT {{range $i, $c := .}}{{sep $i ", "}}unnest(CAST({{bind $c.Values}} AS {{if $c.Binary}}BLOB[]{{else}}VARCHAR[]{{end}})) AS {{ident $c.Name}}{{end}}) AS d{{end}}
