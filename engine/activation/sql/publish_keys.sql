-- step: keys of the ledger's rows that go: replaced, or nothing any more
-- inputs: work."<sync>.operations"
-- outputs: delta."<sync>.replaced"
create or replace table {{rel .Replaced}} as
select {{bind .Sync}} as "sync", o."id" as "key"
from {{rel .Operations}} o
where o."action" <> 'wait'
  and o."prior" is not null
