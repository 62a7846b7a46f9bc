-- step: new versions, and the end of those they follow
-- inputs: work."<stream>.changes", was."<table>"
-- outputs: delta."<stream>+"
create or replace table {{rel .Insert}} as
select {{cols .Stored}}, {{as_of}} as "_cdp_valid_from", cast(null as timestamp) as "_cdp_valid_to", cast(null as timestamp) as "_cdp_deleted_at"
from {{rel .Changes}}
where "_cdp_change" <> 'delete'
union all
select {{cols .Stored "w"}}, w."_cdp_valid_from", {{as_of}}, case when c."_cdp_change" = 'delete' and {{if .Hard}}false{{else}}true{{end}} then {{as_of}} end
from {{rel .Changes}} c
join {{rel .Was}} w on {{range $i, $k := .Key}}{{sep $i " and "}}w.{{ident $k}} = c.{{ident $k}}{{end}}
where c."_cdp_had" and w."_cdp_valid_to" is null and w."_cdp_valid_from" < {{as_of}}
