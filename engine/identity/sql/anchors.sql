-- step: read every record's input and key, to find the smallest of each cluster
-- inputs: work."<identity>.raw"
-- outputs: rid, place of the input, record key
select r."rid", r."place", r."record_key"
from {{rel .Raw}} r
