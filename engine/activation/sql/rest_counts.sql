-- step: count what is carried over
-- inputs: delta."<sync>.outcomes"
-- outputs: status, rows
select x."status", count(*) as "rows"
from {{rel .Outcomes}} x
group by x."status"
order by x."status"
