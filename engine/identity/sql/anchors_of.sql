-- step: read the records of clusters that need another id
-- inputs: work."<identity>.raw", work."<identity>.labels", work."<identity>.renamed"
-- outputs: rid, place, record key
select r."rid", r."place", r."record_key"
from {{rel .Raw}} r
join {{rel .Labels}} l on l."rid" = r."rid"
join {{rel .Renamed}} n on n."label" = l."label"
