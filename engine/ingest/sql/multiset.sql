-- step: compare a load without key with its table: how often each row is there
-- inputs: work."<stream>.kept", was."<table>"
-- outputs: work."<stream>.changes": a row per content whose number differs
create or replace table {{rel .Changes}} as
select {{cols .Match}}, sum("_cdp_new") as "_cdp_new", sum("_cdp_old") as "_cdp_old"
from (
  select {{cols .Match}}, 1 as "_cdp_new", 0 as "_cdp_old" from {{rel .Kept}}
  union all
  select {{cols .Match}}, 0, 1 from {{rel .Was}} where "_cdp_deleted_at" is null
) r
group by {{cols .Match}}
having sum("_cdp_new") {{if .Absent}}<>{{else}}>{{end}} sum("_cdp_old")
