-- step: the ledger's rows after outcomes
-- inputs: work."<sync>.outcomes", work."<sync>.queue"
-- outputs: delta."<sync>.settled"
create or replace table {{rel .Settled}} as
select
  {{bind .Sync}} as "sync", q."id" as "key", q."customer_id",
{{template "after" .}}
  q."delivery", q."wanted_fields"
from {{rel .Outcomes}} x
join {{rel .Queue}} q on q."id" = x."id"
