-- step: count what each tool is known to hold
-- inputs: _cdp.ledger
-- outputs: one row per sync
select "sync", count("held") as "held"
from {{rel .Ledger}}
group by "sync"
order by "sync"
