-- step: count changes
-- inputs: work."<stream>.changes"
-- outputs: one row
select
  coalesce(sum(case when "_cdp_change" = 'insert' then 1 else 0 end), 0) as "inserted",
  coalesce(sum(case when "_cdp_change" = 'update' then 1 else 0 end), 0) as "updated",
  coalesce(sum(case when "_cdp_change" = 'delete' then 1 else 0 end), 0) as "deleted",
  coalesce(sum(case when "_cdp_had" then 1 else 0 end), 0) as "had"
from {{rel .Changes}}
