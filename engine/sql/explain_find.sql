-- step: find the rows of a table that have some values
-- inputs: any table
-- outputs: its rows, the first of them in an order
select t.*
from {{rel .From}} t
where {{range $i, $m := .Match}}{{sep $i " and "}}{{ident "t" $m.Column}} = {{bind $m.Value}}{{else}}true{{end}}
order by {{range $i, $c := .Order}}{{sep $i ", "}}{{ident "t" $c}}{{if $.Newest}} desc{{end}}{{end}}
limit {{lit .Most}}
