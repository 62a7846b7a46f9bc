-- step: new ids that two clusters were given; all but one cluster needs another
-- inputs: work."<identity>.fresh"
-- outputs: label
select f."label"
from {{rel .Fresh}} f
join (select x."id", min(x."label") as "first" from {{rel .Fresh}} x group by x."id" having count(*) > 1) t on t."id" = f."id"
where f."label" <> t."first"
