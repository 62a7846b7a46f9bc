-- step: keys of the ledger's rows that are replaced
-- inputs: delta."<sync>.outcomes"
-- outputs: delta."<sync>.settled_keys"
create or replace table {{rel .SettledKeys}} as
select x."sync", x."key" from {{rel .Outcomes}} x
