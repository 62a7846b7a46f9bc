-- step: retired ids that live again
-- inputs: work."<identity>.ids"
-- outputs: delta."_cdp.retired_<identity>-"
create or replace table {{rel .Delete}} as
select i."id"
from {{rel .IDs}} i
where i."how" = 'resurrected'
