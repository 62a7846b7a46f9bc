-- step: the ledger's rows of operations without an outcome: they are carried over
-- inputs: work."<sync>.queue", work."<sync>.done"
-- outputs: delta."<sync>.outcomes"
create or replace table {{rel .Outcomes}} as
select
  {{bind .Sync}} as "sync", q."id" as "key", q."customer_id", q."held", q."held_fields" as "fields", q."op" as "operation", q."wanted",
  {{if .Lost}}'unknown'{{else}}case when q."prior" = 'unknown' then 'unknown' else 'pending' end{{end}} as "status",
  case when q."prior" = 'unknown' then 'no_answer' else {{bind .Code}} end as "code",
  case when q."prior" = 'unknown' then 'no answer proves what became of it; it was not sent again' else {{bind .Message}} end as "message",
  q."attempts" + {{bind .Sends}} as "attempts",
  {{bind .Run}} as "last_run", cast({{bind .At}} as timestamp) as "last_at", q."delivery", q."wanted_fields"
from {{rel .Queue}} q
where not exists (select 1 from {{rel .Done}} d where d."id" = q."id")
