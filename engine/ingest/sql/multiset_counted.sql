-- step: count changes of a table without key
-- inputs: work."<stream>.changes"
-- outputs: one row
select
  cast(coalesce(sum(case when "_cdp_new" > "_cdp_old" then "_cdp_new" - "_cdp_old" else 0 end), 0) as bigint) as "inserted",
  cast(0 as bigint) as "updated",
  cast(coalesce(sum(case when "_cdp_new" < "_cdp_old" then "_cdp_old" - "_cdp_new" else 0 end), 0) as bigint) as "deleted",
  cast(coalesce(sum(case when "_cdp_new" < "_cdp_old" then "_cdp_old" else 0 end), 0) as bigint) as "had"
from {{rel .Changes}}
