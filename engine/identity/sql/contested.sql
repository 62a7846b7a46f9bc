-- step: groups of joined records with two values of a unique identifier
-- inputs: work."<identity>.values", work."<identity>.labels"
-- outputs: work."<identity>.contested"
create or replace table {{rel .Contested}} as
select g."label"
from (
  select l."label", v."identifier"
  from {{rel .Values}} v
  join {{rel .Labels}} l on l."rid" = v."rid"
  where not v."blocked" and v."identifier" in ({{range $i, $n := .Uniques}}{{sep $i ", "}}{{lit $n}}{{end}})
  group by l."label", v."identifier"
  having min(v."value") <> max(v."value")
) g
group by g."label"
