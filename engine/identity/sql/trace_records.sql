-- step: read the traced records, in order of their numbers
-- inputs: work."<identity>.raw"
-- outputs: rid, input, record_key, when it is from
select r."rid", r."input", r."record_key", coalesce(r."updated_at", r."occurred_at") as "at"
from {{rel .Raw}} r
order by r."rid"
