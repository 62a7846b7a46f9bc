-- step: delete the rows whose label others get
-- inputs: the table
-- outputs: the table
DELETE FROM {{rel .Table}}
WHERE {{range $i, $c := .When}}{{sep $i " AND "}}{{ident $c.Column}} = {{bind $c.Value}}{{end}}
