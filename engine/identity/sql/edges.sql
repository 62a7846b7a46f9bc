-- step: join records that share a value: each to the first of them
-- inputs: work."<identity>.values"
-- outputs: rid, root
with "shared" as (
  select v."identifier", v."value", min(v."rid") as "root"
  from {{rel .Values}} v
  where not v."blocked" and v."identifier" in ({{range $i, $n := .On}}{{sep $i ", "}}{{lit $n}}{{end}})
  group by v."identifier", v."value"
  having count(*) > 1
)
select v."rid", s."root"
from {{rel .Values}} v
join "shared" s on s."identifier" = v."identifier" and s."value" = v."value"
where v."rid" <> s."root" and not v."blocked"
