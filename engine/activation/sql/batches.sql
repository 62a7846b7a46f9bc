-- step: read the operations of one phase in order
-- inputs: work."<sync>.queue"
-- outputs: op, prior, wanted, delivery, mask, size, and the columns of a batch
select
  q."op", q."prior", q."wanted", q."delivery", q."mask", q."size", q."id", q."customer_id"{{range .Sent}}, {{ident "q" .Column}}{{end}}
from {{rel .Queue}} q
where q."phase" = {{bind .Phase}}
  and coalesce(q."prior" = 'unknown', false) = {{bind .Unknown}}
order by q."n"
