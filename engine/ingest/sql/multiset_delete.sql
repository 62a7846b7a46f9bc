-- step: rows of a table without key that are to be replaced
-- inputs: was."<table>", work."<stream>.changes"
-- outputs: delta."<stream>-"
create or replace table {{rel .Delete}} as
select distinct {{cols .TableKey "w"}}
from {{rel .Was}} w
join {{rel .Changes}} c on {{same .Match "c" "w"}}
where c."_cdp_new" < c."_cdp_old" and w."_cdp_deleted_at" is null
