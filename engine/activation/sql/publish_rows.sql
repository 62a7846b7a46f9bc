-- step: the ledger's rows before the first request: every operation pending, and rows put right
-- inputs: work."<sync>.queue", work."<sync>.operations"
-- outputs: delta."<sync>.pending"
create or replace view {{rel .Pending}} as
select
  {{lit .Sync}} as "sync", q."id" as "key", q."customer_id", q."held", q."held_fields" as "fields",
  q."op" as "operation", q."wanted",
  case when q."prior" = 'unknown' then 'unknown' else 'pending' end as "status",
  'under_way' as "code", cast(null as varchar) as "message", q."attempts",
  {{lit .Run}} as "last_run", cast({{lit .At}} as timestamp) as "last_at", q."delivery", q."wanted_fields"
from {{rel .Queue}} q
union all
select
  {{lit .Sync}}, o."id", o."customer_id",
  {{template "kept" .}}, o."held_fields",
  o."prior_operation",
  {{template "kept" .}},
  'delivered', null, null, o."attempts", {{lit .Run}}, cast({{lit .At}} as timestamp), null, null
from {{rel .Operations}} o
where o."action" = 'tidy'
