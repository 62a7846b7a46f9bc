-- step: ids that are no more, with the customer that has most of their members now
-- inputs: work."<identity>.old", work."<identity>.overlap", work."<identity>.ids"
-- outputs: work."<identity>.ended"
create or replace table {{rel .Ended}} as
select e."id", e."records", t."to_id", t."label"
from (
  select o."id", o."records" from {{rel .Old}} o
  where not exists (select 1 from {{rel .IDs}} i where i."id" = o."id")
) e
left join (
  select o."id", i."id" as "to_id", o."label",
    row_number() over (partition by o."id" order by o."records" desc, i."id") as "nth"
  from {{rel .Overlap}} o
  join {{rel .IDs}} i on i."label" = o."label"
) t on t."id" = e."id" and t."nth" = 1
