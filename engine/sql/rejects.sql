-- step: count the records that were set aside
-- inputs: _cdp.rejects
-- outputs: one number
select count(*) as "rejects"
from {{rel .Rejects}}
