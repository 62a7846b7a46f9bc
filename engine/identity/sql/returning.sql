-- step: read which retired ids may return, and where to
-- inputs: work."<identity>.returns"
-- outputs: label, id, members there, members at retirement
select r."label", r."id", r."records", r."of"
from {{rel .Returns}} r
order by r."label", r."id"
