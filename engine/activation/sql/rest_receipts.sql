-- step: a receipt for every record that was sent, all with one outcome
-- inputs: delta."<sync>.outcomes"
-- outputs: delta."<sync>.receipts"
create or replace table {{rel .Receipts}} as
select
  x."last_run" as "run_id", x."sync", x."key", x."operation",
  case when x."status" in ('delivered', 'removed') then 'ok' else 'unknown' end as "outcome",
  {{if .Evidence}}{{bind .Evidence}}{{else}}cast(null as varchar){{end}} as "evidence",
  x."code", x."message", cast(null as varchar) as "request_id", x."last_at" as "happened_at"
from {{rel .Outcomes}} x
