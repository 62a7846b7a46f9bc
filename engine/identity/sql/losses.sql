-- step: count the records that ids lost which parted or ended
-- inputs: work."<identity>.parted", work."<identity>.ended", work."<identity>.old", work."<identity>.overlap"
-- outputs: work."<identity>.losses"
create or replace table {{rel .Losses}} as
select p."from_id" as "id", b."records" - sum(o."records") as "gone"
from (
  select x."from_id" from {{rel .Parted}} x
  union
  select e."id" from {{rel .Ended}} e where e."to_id" is not null
) p
join {{rel .Old}} b on b."id" = p."from_id"
join {{rel .Overlap}} o on o."id" = p."from_id"
group by p."from_id", b."records"
