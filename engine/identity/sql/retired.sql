-- step: members that ids had when they ended
-- inputs: work."<identity>.ended", <identity>.members before
-- outputs: delta."_cdp.retired_<identity>+"
create or replace table {{rel .Insert}} as
select w.{{ident .ID}} as "id", w."input", w."record_key",
  row_number() over (partition by w.{{ident .ID}} order by w."input", w."record_key") = 1 as "anchor"
from {{rel .Members.Was}} w
join {{rel .Ended}} e on e."id" = w.{{ident .ID}}
