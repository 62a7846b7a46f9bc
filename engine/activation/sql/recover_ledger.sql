-- step: the ledger's rows that a recovery writes
-- inputs: work."recovered_rows"
-- outputs: delta."recovered"
create or replace table {{rel .Ledgered}} as
select {{cols .LedgerColumns "r"}}
from {{rel .Rows}} r
