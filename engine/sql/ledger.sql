-- step: count each sync's records by how they stand
-- inputs: _cdp.ledger
-- outputs: one row per sync
select
  "sync",
  count(case when "status" = 'delivered' then 1 end) as "delivered",
  count(case when "status" = 'pending' then 1 end) as "pending",
  count(case when "status" = 'rejected' then 1 end) as "rejected",
  count(case when "status" = 'unknown' then 1 end) as "unknown"
from {{rel .Ledger}}
group by "sync"
order by "sync"
