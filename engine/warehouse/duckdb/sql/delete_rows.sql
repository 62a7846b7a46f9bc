-- step: delete the rows whose keys are given as lists
-- inputs: the table
-- outputs: the table
DELETE FROM {{rel .Table}} AS t
WHERE EXISTS (SELECT 1 FROM {{template "rows" .Lists}} WHERE {{range $i, $c := .Lists}}{{sep $i " AND "}}t.{{ident $c.Name}} IS NOT DISTINCT FROM CAST(d.{{ident $c.Name}} AS {{type $c.Type}}){{end}})
