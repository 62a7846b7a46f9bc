-- step: give rows the new name of what they are of
-- inputs: the table
-- outputs: the table
UPDATE {{rel .Table}}
SET {{range $i, $c := .Set}}{{sep $i ", "}}{{ident $c.Column}} = {{bind $c.Value}}{{end}}
WHERE {{range $i, $c := .When}}{{sep $i " AND "}}{{ident $c.Column}} = {{bind $c.Value}}{{end}}
