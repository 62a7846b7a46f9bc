-- step: look whether the table had any row before
-- inputs: the table before
-- outputs: one row, or none
select true as "any"
from {{rel .Table.Was}} w
limit 1
