-- step: take a few operations of each kind, the same on every machine
-- inputs: work."<sync>.operations"
-- outputs: action and key, a few rows of each action
select s."action", s."id"
from (
  select o."action", o."id", row_number() over (partition by o."action" order by o."id") as "n"
  from {{rel .Operations}} o
  where o."action" in ('add', 'update', 'append', 'leave')
) s
where s."n" <= {{bind .Most}}
order by s."action", s."id"
