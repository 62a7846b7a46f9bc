-- step: count changes
-- inputs: work."<model>.changes"
-- outputs: one row: rows that come, rows that go, rows to write, keys to delete
select
  coalesce(sum(case when "_cdp_new" > "_cdp_old" then "_cdp_new" - "_cdp_old" else 0 end), 0),
  coalesce(sum(case when "_cdp_new" < "_cdp_old" then "_cdp_old" - "_cdp_new" else 0 end), 0),
  coalesce(sum("_cdp_new"), 0),
  coalesce(sum(case when "_cdp_old" > 0 then 1 else 0 end), 0)
from {{rel .Changes}}
