-- step: deliveries that were under way when a run ended
-- inputs: _cdp.ledger
-- outputs: run, rows
select l."last_run" as "run", count(*) as "rows"
from {{rel .Ledger}} l
where l."code" = 'under_way'
  and l."status" in ('pending', 'unknown')
group by l."last_run"
order by l."last_run"
