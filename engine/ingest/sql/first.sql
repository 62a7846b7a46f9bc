-- step: rows to write into an empty table
-- inputs: work."<stream>.kept"
-- outputs: view delta."<stream>+"
create or replace view {{rel .Insert}} as
select {{cols .Typed}}{{if .Scoped}}, {{ident .ScopeColumn}}{{end}}{{if .History}}, {{as_of}} as "_cdp_valid_from"{{end}}
from {{rel .Kept}}
