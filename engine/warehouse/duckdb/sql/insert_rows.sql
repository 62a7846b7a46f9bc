-- step: insert rows given as lists, one for each column
-- inputs: the table
-- outputs: the table
INSERT INTO {{rel .Table}} ({{cols .Names}})
SELECT {{range $i, $c := .Lists}}{{sep $i ", "}}CAST(d.{{ident $c.Name}} AS {{type $c.Type}}){{end}}
FROM {{template "rows" .Lists}}
