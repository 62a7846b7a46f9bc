-- step: the types of a sync's keys and fields, for whoever sends them
-- inputs: what the sync reads
-- outputs: work."<sync>.types", no rows
create or replace table {{rel .Types}} as
select t.*
from ({{template "mapping" .}}
) t
limit 0
