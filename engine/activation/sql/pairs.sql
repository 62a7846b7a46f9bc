-- step: count the customers who leave one key and come under another
-- inputs: work."<sync>.operations"
-- outputs: one row: those whose new key is added, and those who come under a key they had once, or another had
select
  count(distinct case when a."action" = 'add' then a."customer_id" end) as "added",
  count(distinct case when a."action" = 'update' then a."customer_id" end) as "returned"
from {{rel .Operations}} o
join {{rel .Operations}} a on a."customer_id" = o."customer_id" and {{template "comes" "a"}}
where o."action" = 'leave'
