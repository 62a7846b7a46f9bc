-- step: on a first run every customer is created
-- inputs: work."<identity>.ids"
-- outputs: delta."<identity>.history+" (a view)
create or replace view {{rel .Insert}} as
select 'created' as "event", i."id" as {{ident .ID}}, cast(null as varchar) as "other_id", 'new records' as "reason"
from {{rel .IDs}} i
