-- step: which identifiers hold merged clusters together across what were different customers
-- inputs: work."<identity>.values", work."<identity>.labels", work."<identity>.ended", <identity>.members before
-- outputs: work."<identity>.links"
create or replace table {{rel .Links}} as
select s."label", s."identifier"
from (
  select l."label", v."identifier", v."value"
  from {{rel .Values}} v
  join {{rel .Labels}} l on l."rid" = v."rid"
  join (select e."label" from {{rel .Ended}} e where e."label" is not null group by e."label") m on m."label" = l."label"
  join {{rel .Raw}} r on r."rid" = v."rid"
  left join {{rel .Members.Was}} w on w."record_key" = r."record_key" and w."input" = r."input"
  where not v."blocked"
  group by l."label", v."identifier", v."value"
  having count(*) > 1 and min(coalesce(w.{{ident .ID}}, '')) <> max(coalesce(w.{{ident .ID}}, ''))
) s
group by s."label", s."identifier"
