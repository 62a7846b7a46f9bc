-- step: retired ids whose anchor and more than half of whose members at retirement lie in one cluster
-- inputs: _cdp.retired_<identity> before, work."<identity>.raw", work."<identity>.labels"
-- outputs: work."<identity>.returns"
create or replace table {{rel .Returns}} as
select g."id", g."label", g."records", t."records" as "of"
from (
  select w."id", l."label", count(*) as "records", max(case when w."anchor" then 1 else 0 end) as "anchored"
  from {{rel .Retired.Was}} w
  join {{rel .Raw}} r on r."record_key" = w."record_key" and r."input" = w."input"
  join {{rel .Labels}} l on l."rid" = r."rid"
  group by w."id", l."label"
) g
join (select w."id", count(*) as "records" from {{rel .Retired.Was}} w group by w."id") t on t."id" = g."id"
where g."anchored" = 1 and g."records" * 2 > t."records"
