-- step: read the members that old ids still have in clusters a retired id may return to
-- inputs: <identity>.members before, work."<identity>.returns", _cdp.retired_<identity> before, redirects before
-- outputs: label, id, place, record key, whether the record was a member of an id that was merged into this one
select l."label", w.{{ident .ID}} as "id", r."place", r."record_key", max(case when t."id" is not null then 1 else 0 end) as "lent"
from {{rel .Members.Was}} w
join (
  select o."id" from {{rel .Overlap}} o join {{rel .Returns}} b on b."label" = o."label" group by o."id"
) i on i."id" = w.{{ident .ID}}
join {{rel .Raw}} r on r."record_key" = w."record_key" and r."input" = w."input"
join {{rel .Labels}} l on l."rid" = r."rid"
left join {{rel .Retired.Was}} t on t."record_key" = w."record_key" and t."input" = w."input"
group by l."label", w.{{ident .ID}}, r."place", r."record_key"
