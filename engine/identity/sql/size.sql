-- step: count the numbers given to records
-- inputs: work."<identity>.raw"
-- outputs: highest number and one
select coalesce(max(r."rid") + 1, 0) as "size"
from {{rel .Raw}} r
