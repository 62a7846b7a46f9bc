-- step: keys that more than one row gives
-- inputs: work."<sync>.wanted"
-- outputs: work."<sync>.doubles"
create or replace table {{rel .Doubles}} as
select "id"
from {{rel .Wanted}}
where "problem" is null
group by "id"
having count(*) > 1
