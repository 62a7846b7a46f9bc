-- step: receipts of what a cut off run had sent
-- inputs: work."recovered_rows"
-- outputs: delta."recovered_receipts"
create or replace table {{rel .Receipts}} as
select
  r."last_run" as "run_id", r."sync", r."key", r."operation", coalesce(r."outcome", 'unknown') as "outcome", r."evidence", r."code", r."message", r."request_id",
  r."last_at" as "happened_at"
from {{rel .Rows}} r
where r."status" <> 'pending'
  and r."evidence" is distinct from {{lit .NotSent}}
