-- step: delete the rows whose key a relation has
-- inputs: the table, the keys
-- outputs: the table
DELETE FROM {{rel .Table}} AS t
WHERE EXISTS (SELECT 1 FROM {{rel .From}} AS d WHERE {{range $i, $c := .Key}}{{sep $i " AND "}}t.{{ident $c.Name}} IS NOT DISTINCT FROM CAST(d.{{ident $c.Name}} AS {{type $c.Type}}){{end}})
