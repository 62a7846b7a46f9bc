-- step: count the ledger's rows that wait for another try
-- inputs: _cdp.ledger
-- outputs: status, rows
select
  case when l."status" = 'removed' then 'absent' else l."status" end as "status",
  count(*) as "rows"
from {{rel .Ledger}} l
where l."sync" = {{bind .Sync}}
  and (
    l."status" in ('pending', 'rejected', 'unknown')
    or (l."status" = 'removed' and l."operation" = 'update' and l."held" is null)
  )
group by 1
order by 1
