-- step: number the records
-- inputs: work."<identity>.rows"
-- outputs: work."<identity>.raw"
create or replace table {{rel .Raw}} as
select cast(row_number() over (order by r."input", r."record_key") - 1 as integer) as "rid", r.*
from {{rel .Rows}} r
