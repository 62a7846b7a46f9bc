-- step: read the configs that were in force, the newest first
-- inputs: _cdp.configs
-- outputs: all its rows
select "config_digest", "files", "variables", "withheld", "run_id", "applied_at"
from {{rel .From}}
order by "applied_at" desc, "run_id" desc
