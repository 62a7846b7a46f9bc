-- step: the records of contested groups
-- inputs: work."<identity>.labels", work."<identity>.contested"
-- outputs: rid
select cast(l."rid" as integer) as "rid"
from {{rel .Labels}} l
join {{rel .Contested}} c on c."label" = l."label"
order by l."rid"
