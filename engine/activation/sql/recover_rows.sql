-- step: the ledger's rows of deliveries that were cut off, as their journals have it
-- inputs: _cdp.ledger, work."recovered", work."recovered_runs"
-- outputs: work."recovered_rows"
create or replace table {{rel .Rows}} as
select
  q."sync", q."key", q."customer_id",
  case
    when q."after" <> 'delivered' then q."held"
    when q."operation" in ('remove', 'delete') or q."absent" then null
    else q."wanted"
  end as "held",
  case
    when q."after" <> 'delivered' then q."fields"
    when q."operation" in ('remove', 'delete') or q."absent" then null
    else q."wanted_fields"
  end as "fields",
  q."operation", q."wanted",
  case
    when q."after" <> 'delivered' then q."after"
    when q."operation" in ('remove', 'delete') or q."absent" or q."wanted_fields" is null then 'removed'
    else 'delivered'
  end as "status",
  case when q."after" = 'pending' then 'carried_over' when q."after" = 'unknown' then coalesce(q."new code", 'no_answer') else q."new code" end as "code",
  case when q."after" = 'pending' then 'not tried: the run was cut off' when q."after" = 'unknown' then coalesce(q."new message", 'the run was cut off before an answer came') else q."new message" end as "message",
  q."attempts" + case when q."after" = 'pending' or q."evidence" = {{lit .NotSent}} then 0 else 1 end as "attempts",
  q."last_run", coalesce(q."at", q."last_at") as "last_at", q."delivery", q."wanted_fields",
  q."outcome", q."evidence", q."request_id"
from (
  select
    l.*,
    case
      when r."digest" is null then case when l."status" = 'unknown' then 'unknown' else u."rest" end
      when r."status" = 'pending' and l."status" = 'unknown' then 'unknown'
      else r."status"
    end as "after",
    r."code" as "new code", r."message" as "new message", cast(r."at" as timestamp) as "at",
    l."operation" = 'update' and coalesce(r."outcome" = 'noop' and r."code" = {{lit .NotFound}}, false) as "absent",
    r."outcome", r."evidence", r."request_id"
  from {{rel .Ledger}} l
  join {{rel .Runs}} u on u."run" = l."last_run"
  left join {{rel .Recovered}} r
    on r."run" = l."last_run"
   and r."sync" = l."sync"
   and r."digest" = substr(sha256(l."sync" || {{lit .Separator}} || l."key"), 1, 32)
  where l."code" = 'under_way'
    and l."status" in ('pending', 'unknown')
) q
