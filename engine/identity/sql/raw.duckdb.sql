-- step: number the records by their place in the table
-- inputs: work."<identity>.rows"
-- outputs: work."<identity>.raw" (a view)
create or replace view {{rel .Raw}} as
select cast(r.rowid as integer) as "rid", r.*
from {{rel .Rows}} r
