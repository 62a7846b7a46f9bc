-- step: look for keys that came more than once
-- inputs: the raw table, inside the publish transaction
-- outputs: one row
select count(*) as "keys"
from (select {{cols .Key}} from {{rel .Parsed}} group by {{cols .Key}} having count(*) > 1) r
