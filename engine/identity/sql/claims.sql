-- step: number the values of unique identifiers in contested groups
-- inputs: work."<identity>.values", work."<identity>.contested"
-- outputs: work."<identity>.claims"
create or replace table {{rel .Claims}} as
select v."identifier", v."rid", v."value", cast(dense_rank() over (order by v."identifier", v."value") as integer) as "number"
from {{rel .Values}} v
join {{rel .Labels}} l on l."rid" = v."rid"
join {{rel .Contested}} c on c."label" = l."label"
where not v."blocked" and v."identifier" in ({{range $i, $n := .Uniques}}{{sep $i ", "}}{{lit $n}}{{end}})
