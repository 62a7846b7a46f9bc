-- step: count the operations by what they do
-- inputs: work."<sync>.operations"
-- outputs: action, unknown, rows, wanted
select
  o."action",
  coalesce(o."prior" = 'unknown', false) as "unknown",
  count(*) as "rows",
  count(o."wanted") as "wanted"
from {{rel .Operations}} o
group by o."action", coalesce(o."prior" = 'unknown', false)
order by 1, 2
