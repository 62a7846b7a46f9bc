-- step: clusters that came off an id which lives on elsewhere
-- inputs: work."<identity>.overlap", work."<identity>.ids"
-- outputs: work."<identity>.parted"
create or replace table {{rel .Parted}} as
select p."from_id", p."id", p."label", p."records"
from (
  select o."id" as "from_id", i."id", o."label", o."records",
    row_number() over (partition by o."label" order by o."records" desc, o."id") as "nth"
  from {{rel .Overlap}} o
  join {{rel .IDs}} i on i."label" = o."label" and i."how" <> 'kept'
  join {{rel .IDs}} a on a."id" = o."id" and a."label" <> o."label"
  where not exists (select 1 from {{rel .Old}} x where x."id" = i."id")
) p
where p."nth" = 1
