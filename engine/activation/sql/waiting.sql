-- step: count the ledger's rows that wait for another try
-- inputs: _cdp.ledger
-- outputs: status, rows
select l."status", count(*) as "rows"
from {{rel .Ledger}} l
where l."sync" = {{bind .Sync}}
  and l."status" in ('pending', 'rejected', 'unknown')
group by l."status"
order by l."status"
