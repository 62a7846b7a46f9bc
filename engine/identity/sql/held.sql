-- step: count the records of each value, and between which clusters they lie
-- inputs: work."<identity>.values", work."<identity>.labels"
-- outputs: work."<identity>.held"
create or replace table {{rel .Held}} as
select v."identifier", v."value", count(*) as "records", min(l."label") as "low", max(l."label") as "high"
from {{rel .Values}} v
join {{rel .Labels}} l on l."rid" = v."rid"
where not v."blocked"
group by v."identifier", v."value"
