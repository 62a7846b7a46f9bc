-- step: rows to write
-- inputs: work."<stream>.changes"
-- outputs: view delta."<stream>+"
create or replace view {{rel .Insert}} as
select {{cols .Stored}},
  case when "_cdp_change" = 'delete' then {{as_of}} end as "_cdp_deleted_at"
from {{rel .Changes}}
{{- if .Hard}}
where "_cdp_change" <> 'delete'
{{- end}}
