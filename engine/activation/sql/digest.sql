-- step: read the operations, to name the set of them
-- inputs: work."<sync>.operations"
-- outputs: action, key, fingerprint
select "action", case when "wanted" is null then "id" end as "id", "wanted"
from {{rel .Operations}}
where "action" in ('add', 'update', 'append', 'leave')
