-- step: read the edges of contested groups in order
-- inputs: work."<identity>.ordered"
-- outputs: seq, rid, other record or -1, value's node or -1, kind
select o."seq", o."rid", coalesce(o."other", -1) as "other", coalesce(o."node", -1) as "node", o."kind"
from {{rel .Ordered}} o
order by o."seq"
