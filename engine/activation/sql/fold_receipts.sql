-- step: a receipt for every outcome of something sent
-- inputs: work."<sync>.outcomes", work."<sync>.queue"
-- outputs: delta."<sync>.receipts"
create or replace table {{rel .Receipts}} as
select
  {{bind .Run}} as "run_id", {{bind .Sync}} as "sync", q."id" as "key", q."op" as "operation", x."outcome", x."evidence",
  x."code", x."message", x."request_id", x."at" as "happened_at"
from {{rel .Outcomes}} x
join {{rel .Queue}} q on q."id" = x."id"
where x."status" <> 'pending'
