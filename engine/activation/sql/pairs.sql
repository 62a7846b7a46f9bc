-- step: count the customers who leave one key and come under another
-- inputs: work."<sync>.operations"
-- outputs: those whose new key is new to the tool; those who take over a key of another
select
  count(distinct case when not p."other" then o."customer_id" end) as "added",
  count(distinct case when p."other" then o."customer_id" end) as "taken"
from {{rel .Operations}} o
join (
  select a."customer_id", a."action" = 'update' as "other"
  from {{rel .Operations}} a
  where {{template "renamed" .}}
) p on p."customer_id" = o."customer_id"
where o."action" = 'leave'
