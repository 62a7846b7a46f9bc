-- step: read the links that were refused, and the two values that would have met
-- inputs: work."<identity>.cuts", work."<identity>.ordered", work."<identity>.claims"
-- outputs: rule, rid, other or -1, value, unique identifier, left, right
select o."rule", o."rid", coalesce(o."other", -1) as "other", o."value", c."identifier", a."value" as "left", b."value" as "right"
from {{rel .Cuts}} c
join {{rel .Ordered}} o on o."seq" = c."seq"
join (select n."number", min(n."value") as "value" from {{rel .Claims}} n group by n."number") a on a."number" = c."left"
join (select n."number", min(n."value") as "value" from {{rel .Claims}} n group by n."number") b on b."number" = c."right"
order by o."seq"
