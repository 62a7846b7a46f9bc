-- step: join records that share the values of a rule with several identifiers
-- inputs: work."<identity>.keys.<rule>"
-- outputs: rid, root
select k."rid", s."root"
from {{rel .Keys}} k
join (
  select k."value", min(k."rid") as "root"
  from {{rel .Keys}} k
  group by k."value"
  having count(*) > 1
) s on s."value" = k."value"
where k."rid" <> s."root"
