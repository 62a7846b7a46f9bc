-- step: read who has which value of a unique identifier, and the nodes of those values
-- inputs: work."<identity>.claims", work."<identity>.ordered"
-- outputs: rid, identifier, number, node or -1; rows without a rid (-1) tell a node's number
select c."rid", c."identifier", c."number", -1 as "node"
from {{rel .Claims}} c
union all
select -1, n."identifier", n."number", n."node"
from (
  select c."identifier", c."number", o."node"
  from {{rel .Claims}} c
  join {{rel .Ordered}} o on o."kind" = c."identifier" and o."value" = c."value" and o."node" is not null
  group by c."identifier", c."number", o."node"
) n
order by 1, 2, 3, 4
