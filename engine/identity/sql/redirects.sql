-- step: where each ended id leads: to the customer that has most of its members, else where it led before
-- inputs: retired ids before, ended, redirects before, work."<identity>.ids"
-- outputs: work."<identity>.redirects"
create or replace table {{rel .Redirects}} as
with "gone" as (
  select t."id", g."to_id"
  from (
    select w."id" from {{rel .Retired.Was}} w group by w."id"
  ) t
  left join (
    select w."id", i."id" as "to_id",
      row_number() over (partition by w."id" order by count(*) desc, max(case when w."anchor" then 1 else 0 end) desc, i."id") as "nth"
    from {{rel .Retired.Was}} w
    join {{rel .Raw}} r on r."record_key" = w."record_key" and r."input" = w."input"
    join {{rel .Labels}} l on l."rid" = r."rid"
    join {{rel .IDs}} i on i."label" = l."label"
    group by w."id", i."id"
  ) g on g."id" = t."id" and g."nth" = 1
  where not exists (select 1 from {{rel .IDs}} i where i."id" = t."id")
  union all
  select e."id", e."to_id" from {{rel .Ended}} e
)
select x."from_id", x."to_id"
from (
  select g."id" as "from_id",
    coalesce(g."to_id", a."id", n."to_id") as "to_id"
  from "gone" g
  left join {{rel .RedirectsTable.Was}} w on w."from_id" = g."id"
  left join {{rel .IDs}} a on a."id" = w."to_id"
  left join "gone" n on n."id" = w."to_id"
) x
where x."to_id" is not null
