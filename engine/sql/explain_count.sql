-- step: count the rows of a table that have some values
-- inputs: any table
-- outputs: one number
select count(*) as "rows"
from {{rel .From}} t
where {{range $i, $m := .Match}}{{sep $i " and "}}{{ident "t" $m.Column}} = {{bind $m.Value}}{{else}}true{{end}}
