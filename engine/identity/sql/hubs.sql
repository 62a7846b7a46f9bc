-- step: list values that too many records share for a rule with a condition
-- inputs: work."<identity>.keys.<rule>"
-- outputs: work."<identity>.hubs.<rule>"
create or replace table {{rel .Out}} as
select {{lit .Names}} as "identifier", k."value", {{lit .Rule}} as "rule", 'hub: too many records to compare one by one' as "reason", count(*) as "records",
  'more than ' || cast({{lit .Cap}} as varchar) || ' records' as "evidence"
from {{rel .Keys}} k
group by k."value"
having count(*) > {{lit .Cap}}
