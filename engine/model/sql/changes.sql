-- step: compare with the rows there were: how often each is there
-- inputs: work."<model>.new", was.<model>
-- outputs: work."<model>.changes": a row per content whose number differs
create or replace table {{rel .Changes}} as
select {{cols .Columns}}, sum("_cdp_new") as "_cdp_new", sum("_cdp_old") as "_cdp_old"
from (
  select {{cols .Columns}}, 1 as "_cdp_new", 0 as "_cdp_old" from {{rel .New}}
  union all
  select {{cols .Columns}}, 0, 1 from {{rel .Was}}
) r
group by {{cols .Columns}}
having sum("_cdp_new") <> sum("_cdp_old")
