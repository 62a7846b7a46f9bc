-- step: list the identifier values of each customer
-- inputs: work."<identity>.held", work."<identity>.values", work."<identity>.ids"
-- outputs: work."<identity>.identifiers" (a view)
create or replace view {{rel .Identifiers}} as
select i."id" as {{ident .ID}}, {{template "names" .}} as "identifier", h."value", h."records", false as "shared"
from {{rel .Held}} h
join {{rel .IDs}} i on i."label" = h."low"
where h."low" = h."high"
union all
select s."id", {{template "names" .}}, h."value", s."records", count(*) over (partition by h."identifier", h."value") > 1
from (
  select i."id", v."identifier", v."value", count(*) as "records"
  from {{rel .Values}} v
  join {{rel .Held}} m on m."identifier" = v."identifier" and m."value" = v."value" and m."low" <> m."high"
  join {{rel .Labels}} l on l."rid" = v."rid"
  join {{rel .IDs}} i on i."label" = l."label"
  where not v."blocked"
  group by i."id", v."identifier", v."value"
) s
join {{rel .Held}} h on h."identifier" = s."identifier" and h."value" = s."value"
