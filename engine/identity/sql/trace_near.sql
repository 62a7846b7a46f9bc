-- step: find customers that have a value in common with some customers
-- inputs: <identity>.identifiers
-- outputs: their ids, in order
select distinct o.{{ident .ID}} as "id"
from {{rel .IdentifiersTable.Was}} i
join {{rel .IdentifiersTable.Was}} o on o."identifier" = i."identifier" and o."value" = i."value"
where i."shared" and o."shared"
  and i.{{ident .ID}} in ({{range $i, $c := .Customers}}{{sep $i ", "}}{{lit $c}}{{end}})
order by "id"
