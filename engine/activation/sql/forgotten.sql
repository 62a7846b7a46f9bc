-- step: keys of what the ledger knew of the former place
-- inputs: _cdp.ledger
-- outputs: delta."<sync>.forgotten"
create or replace table {{rel .Forgotten}} as
select l."sync", l."key"
from {{rel .Ledger}} l
where l."sync" = {{lit .Sync}}
