-- step: keys of rows to replace
-- inputs: work."<stream>.changes"
-- outputs: view delta."<stream>-"
create or replace view {{rel .Delete}} as
select {{cols .Key}}{{if .History}}, "_cdp_since" as "_cdp_valid_from"{{end}}
from {{rel .Changes}}
where "_cdp_had"
