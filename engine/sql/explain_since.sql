-- step: since when a tool holds a record: the first delivery after it was last taken out
-- inputs: _cdp.receipts
-- outputs: a time
select min(r."happened_at") as "since"
from {{rel .Receipts}} r
where r."sync" = {{bind .Sync}} and r."key" = {{bind .Key}} and r."outcome" = 'ok'
  and r."happened_at" > coalesce((
    select max(g."happened_at") from {{rel .Receipts}} g
    where g."sync" = {{bind .Sync}} and g."key" = {{bind .Key}} and g."outcome" = 'ok' and g."operation" in ('remove', 'delete')
  ), timestamp '1970-01-01 00:00:00')
