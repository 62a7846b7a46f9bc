-- step: the highest node of a value
-- inputs: work."<identity>.ordered"
-- outputs: one number
select coalesce(max(o."node"), 0) as "nodes"
from {{rel .Ordered}} o
