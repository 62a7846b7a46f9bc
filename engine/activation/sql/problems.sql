-- step: count what is wrong with rows that cannot be sent
-- inputs: work."<sync>.wanted", work."<sync>.doubles"
-- outputs: reason, rows, keys; a null reason is keys shared by several rows
select
  w."problem" as "reason",
  count(*) as "rows",
  count(distinct w."id") as "keys"
from {{rel .Wanted}} w
where w."problem" is not null
   or exists (select 1 from {{rel .Doubles}} d where d."id" = w."id")
group by w."problem"
order by "reason" nulls last
