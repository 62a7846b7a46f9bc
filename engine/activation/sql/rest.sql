-- step: the ledger's rows of operations without an outcome: they are carried over; what was unknown stays as it was last tried
-- inputs: work."<sync>.queue", work."<sync>.done"
-- outputs: delta."<sync>.outcomes"
create or replace table {{rel .Outcomes}} as
select
  {{bind .Sync}} as "sync", q."id" as "key", q."customer_id", q."held", q."held_fields" as "fields",
  case when q."stays" then q."prior_operation" else q."op" end as "operation",
  case when q."stays" then q."prior_wanted" else q."wanted" end as "wanted",
  {{if .Lost}}'unknown'{{else}}case when q."prior" = 'unknown' then 'unknown' else 'pending' end{{end}} as "status",
  case when q."stays" then coalesce(q."prior_code", 'no_answer') else {{bind .Code}} end as "code",
  case
    when q."stays" then coalesce(q."prior_message", 'no answer proves what became of it; it was not sent again')
    else {{if .Message}}{{bind .Message}}{{else}}case when q."paired" then 'not tried: ' || {{lit .OldKey}} else 'not tried' end{{end}}
  end as "message",
  q."attempts" + {{bind .Sends}} as "attempts",
  {{bind .Run}} as "last_run", cast({{bind .At}} as timestamp) as "last_at",
  case when q."stays" then q."prior_delivery" else q."delivery" end as "delivery",
  q."wanted_fields"
from (
  select
    x.*,
    {{if .Lost}}false{{else}}coalesce(x."prior" = 'unknown', false){{end}} as "stays",
    x."phase" = 1 and exists (select 1 from {{rel .Queue}} o where o."phase" = 0 and o."customer_id" = x."customer_id") as "paired"
  from {{rel .Queue}} x
) q
where not exists (select 1 from {{rel .Done}} d where d."id" = q."id")
