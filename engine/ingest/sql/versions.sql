-- step: new versions, and the end of those they follow
-- inputs: work."<stream>.changes", was."<table>"
-- outputs: delta."<stream>+"
-- A version begins when the load was, but never before the one it follows has begun and ended: also under a clock that
-- stands still or goes back no version is lost, and none overlaps another.
create or replace table {{rel .Insert}} as
with moments as (
  select {{cols .Key "c"}},
    greatest({{as_of}}, max(w."_cdp_valid_from") + interval '1 microsecond', coalesce(max(w."_cdp_valid_to"), {{as_of}})) as "_cdp_at"
  from {{rel .Changes}} c
  join {{rel .Was}} w on {{range $i, $k := .Key}}{{sep $i " and "}}w.{{ident $k}} = c.{{ident $k}}{{end}}
  group by {{cols .Key "c"}}
)
select {{cols .Stored "c"}}, coalesce(m."_cdp_at", {{as_of}}) as "_cdp_valid_from", cast(null as timestamp) as "_cdp_valid_to", cast(null as timestamp) as "_cdp_deleted_at"
from {{rel .Changes}} c
left join moments m on {{range $i, $k := .Key}}{{sep $i " and "}}m.{{ident $k}} = c.{{ident $k}}{{end}}
where c."_cdp_change" <> 'delete'
union all
select {{cols .Stored "w"}}, w."_cdp_valid_from", m."_cdp_at", case when c."_cdp_change" = 'delete' and {{if .Hard}}false{{else}}true{{end}} then m."_cdp_at" end
from {{rel .Changes}} c
join {{rel .Was}} w on {{range $i, $k := .Key}}{{sep $i " and "}}w.{{ident $k}} = c.{{ident $k}}{{end}}
join moments m on {{range $i, $k := .Key}}{{sep $i " and "}}m.{{ident $k}} = c.{{ident $k}}{{end}}
where c."_cdp_had" and w."_cdp_valid_to" is null
