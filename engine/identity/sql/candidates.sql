-- step: read which old ids disputed clusters could have, and how old the ids are
-- inputs: <identity>.members before, work."<identity>.raw", labels, disputed, overlap, old, <identity>.history before
-- outputs: label, id, shared members, members of the id before, first run of the id, smallest shared member
select o."label", o."id", o."records", b."records" as "of", coalesce(h."since", '') as "since", f."first"
from {{rel .Overlap}} o
join {{rel .Disputed}} d on d."label" = o."label"
join {{rel .Old}} b on b."id" = o."id"
join (
  select w.{{ident .ID}} as "id", l."label", min(r."input" || ' ' || r."record_key") as "first"
  from {{rel .Disputed}} d
  join {{rel .Labels}} l on l."label" = d."label"
  join {{rel .Raw}} r on r."rid" = l."rid"
  join {{rel .Members.Was}} w on r."record_key" = w."record_key" and r."input" = w."input"
  group by w.{{ident .ID}}, l."label"
) f on f."id" = o."id" and f."label" = o."label"
left join (
  select w.{{ident .ID}} as "id", min(w."run_id") as "since"
  from {{rel .History.Was}} w
  where w."event" = 'created'
  group by w.{{ident .ID}}
) h on h."id" = o."id"
order by o."label", o."id"
