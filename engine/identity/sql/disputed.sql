-- step: clusters whose id is not plain: several old ids, an old id in several clusters, or a retired id that may return
-- inputs: work."<identity>.overlap", work."<identity>.returns"
-- outputs: work."<identity>.disputed"
create or replace table {{rel .Disputed}} as
select o."label"
from {{rel .Overlap}} o
join (select o."id", count(*) as "n" from {{rel .Overlap}} o group by o."id") i on i."id" = o."id"
join (select o."label", count(*) as "n" from {{rel .Overlap}} o group by o."label") c on c."label" = o."label"
where i."n" > 1 or c."n" > 1
union
select r."label" from {{rel .Returns}} r
