-- step: count the members of every segment before
-- inputs: the memberships before
-- outputs: one row per segment that had any
select w."segment", count(*) as "before"
from {{rel .Table.Was}} w
group by w."segment"
