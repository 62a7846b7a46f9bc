-- step: keys of the ledger's rows that a recovery replaces
-- inputs: work."recovered_rows"
-- outputs: delta."recovered_keys"
create or replace table {{rel .Keys}} as
select r."sync", r."key" from {{rel .Rows}} r
