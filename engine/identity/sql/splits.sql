-- step: read the largest splits
-- inputs: work."<identity>.parted", losses
-- outputs: parts, records that left, reason
select count(*) + 1 as "customers", sum(p."records") as "records", min({{template "parting" .}}) as "reason"
from {{rel .Parted}} p
left join {{rel .Losses}} g on g."id" = p."from_id"
group by p."from_id"
order by 1 desc, 2 desc, 3, p."from_id"
limit 10
