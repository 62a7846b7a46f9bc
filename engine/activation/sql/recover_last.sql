-- step: what the journals of a recovery say of each key in the end
-- inputs: work."replayed"
-- outputs: work."recovered"
create or replace table {{rel .Recovered}} as
select r.*
from {{rel .Replayed}} r
join (
  select x."run", x."sync", x."digest", max(x."seq") as "seq"
  from {{rel .Replayed}} x
  group by x."run", x."sync", x."digest"
) m on m."seq" = r."seq"
