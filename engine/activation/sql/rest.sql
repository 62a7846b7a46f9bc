-- step: operations without an outcome are carried over
-- inputs: work."<sync>.queue", work."<sync>.done"
-- outputs: work."<sync>.outcomes"
create or replace table {{rel .Outcomes}} as
select
  q."id",
  {{if .Lost}}'unknown'{{else}}case when q."prior" = 'unknown' then 'unknown' else 'pending' end{{end}} as "status",
  case when q."prior" = 'unknown' then 'unknown' else {{if .Lost}}'unknown'{{else}}'pending'{{end}} end as "outcome",
  cast(null as varchar) as "evidence",
  {{bind .Code}} as "code",
  {{bind .Message}} as "message",
  cast(null as varchar) as "request_id",
  cast({{bind .At}} as timestamp) as "at"
from {{rel .Queue}} q
where not exists (select 1 from {{rel .Done}} d where d."id" = q."id")
