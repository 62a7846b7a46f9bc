-- step: edges of a rule with a condition
-- inputs: work."<identity>.pairs.<rule>"
-- outputs: rid, root
select cast(p."other" as integer) as "rid", cast(p."rid" as integer) as "root"
from {{rel .Pairs}} p
