-- step: read the operations of one phase in order
-- inputs: work."<sync>.queue"
-- outputs: op, prior, wanted, delivery, mask, what the ledger keeps, size, and the columns of a batch
select
  q."op", q."prior", q."wanted", q."delivery", q."mask", q."held", q."held_fields", q."wanted_fields", q."attempts", q."size",
  q."id", q."customer_id"{{range .Sent}}, {{ident "q" .Column}}{{end}}
from {{rel .Queue}} q
where q."phase" = {{bind .Phase}}
  and coalesce(q."prior" = 'unknown', false) = {{bind .Unknown}}
order by q."op", q."delivery" = {{bind .Run}}, q."delivery", q."id"
