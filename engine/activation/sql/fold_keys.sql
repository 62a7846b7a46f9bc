-- step: keys of the ledger's rows that outcomes replace
-- inputs: work."<sync>.outcomes"
-- outputs: delta."<sync>.settled_keys"
create or replace table {{rel .SettledKeys}} as
select {{bind .Sync}} as "sync", x."id" as "key"
from {{rel .Outcomes}} x
