-- step: read the largest merges
-- inputs: work."<identity>.ended", reasons, losses
-- outputs: customers joined, records, reason
select count(*) + 1 as "customers", sum(e."records") as "records", min({{template "joining" .}}) as "reason"
from {{rel .Ended}} e
left join {{rel .Reasons}} r on r."label" = e."label"
left join {{rel .Losses}} g on g."id" = e."id"
where e."to_id" is not null
group by e."to_id"
order by 1 desc, 2 desc, 3, min(e."id")
limit 10
