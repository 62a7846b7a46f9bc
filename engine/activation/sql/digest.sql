-- step: name the set of operations, in whatever order they lie
-- inputs: work."<sync>.operations"
-- outputs: action, rows, their hashes in one
select
  o."action",
  count(*) as "rows",
  cast(bit_xor(md5_number(coalesce(o."wanted", o."id"))) as varchar) as "mix"
from {{rel .Operations}} o
where o."action" in ('add', 'update', 'append', 'leave')
group by o."action"
order by o."action"
