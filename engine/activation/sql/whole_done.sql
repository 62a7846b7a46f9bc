-- step: the whole set was written: every operation is delivered
-- inputs: work."<sync>.queue"
-- outputs: work."<sync>.outcomes"
create or replace table {{rel .Outcomes}} as
select
  q."id", 'delivered' as "status", 'ok' as "outcome", {{bind .Evidence}} as "evidence",
  cast(null as varchar) as "code", cast(null as varchar) as "message", cast(null as varchar) as "request_id",
  cast({{bind .At}} as timestamp) as "at"
from {{rel .Queue}} q
