-- step: count the operations by what they do
-- inputs: work."<sync>.operations"
-- outputs: action, unknown, rows, wanted, paired: customers who leave one key and come under another
select
  o."action",
  coalesce(o."prior" = 'unknown', false) as "unknown",
  count(*) as "rows",
  count(o."wanted") as "wanted",
  {{if .Pairs}}count(distinct case when o."action" = 'leave' and exists (
    select 1 from {{rel .Operations}} a
    where a."action" = 'add' and a."customer_id" = o."customer_id"
  ) then o."customer_id" end){{else}}0{{end}} as "paired"
from {{rel .Operations}} o
group by o."action", coalesce(o."prior" = 'unknown', false)
order by 1, 2
