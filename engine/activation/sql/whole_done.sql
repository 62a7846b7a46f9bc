-- step: the ledger's rows after the whole set was written: every operation that was in it is delivered
-- inputs: work."<sync>.queue"
-- outputs: delta."<sync>.outcomes"
create or replace table {{rel .Outcomes}} as
select
  {{bind .Sync}} as "sync", q."id" as "key", q."customer_id",
  case when q."op" not in ('remove', 'delete') then q."wanted" end as "held",
  case when q."op" not in ('remove', 'delete') then q."wanted_fields" end as "fields",
  q."op" as "operation", q."wanted",
  case when q."op" in ('remove', 'delete') then 'removed' else 'delivered' end as "status",
  cast(null as varchar) as "code", cast(null as varchar) as "message", q."attempts" + {{bind .Sends}} as "attempts",
  {{bind .Run}} as "last_run", cast({{bind .At}} as timestamp) as "last_at", q."delivery", q."wanted_fields"
from {{rel .Queue}} q
{{- if .Sure}}
where q."prior" is distinct from 'unknown'
{{- end}}
