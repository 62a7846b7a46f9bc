-- step: read the pairs of a rule with a condition
-- inputs: work."<identity>.pairs.<rule>"
-- outputs: rid, other, value
select p."rid", p."other", p."value"
from {{rel .Pairs}} p
order by p."rid", p."other"
