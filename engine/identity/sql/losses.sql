-- step: say in a line why clusters parted
-- inputs: work."<identity>.parted", work."<identity>.old", work."<identity>.overlap"
-- outputs: work."<identity>.losses"
create or replace table {{rel .Losses}} as
select p."from_id" as "id", b."records" - sum(o."records") as "gone"
from (select x."from_id" from {{rel .Parted}} x group by x."from_id") p
join {{rel .Old}} b on b."id" = p."from_id"
join {{rel .Overlap}} o on o."id" = p."from_id"
group by p."from_id", b."records"
