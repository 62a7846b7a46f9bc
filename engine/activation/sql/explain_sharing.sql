-- step: who else gives a key
-- inputs: work."<sync>.wanted"
-- outputs: customer ids, the first of them
select distinct w."customer_id"
from {{rel .Wanted}} w
where w."id" = {{bind .Key}} and w."customer_id" is not null
order by w."customer_id"
limit {{lit .Most}}
