-- step: count the customers who leave one key and come under another
-- inputs: work."<sync>.operations"
-- outputs: one number
select count(distinct o."customer_id")
from {{rel .Operations}} o
where o."action" = 'leave'
  and exists (
    select 1 from {{rel .Operations}} a
    where a."action" = 'add' and a."customer_id" = o."customer_id"
  )
