-- step: records that are gone or have another customer
-- inputs: work."<identity>.records", <identity>.members before
-- outputs: delta."<identity>.members-"
create or replace table {{rel .Delete}} as
select w."input", w."record_key"
from {{rel .Members.Was}} w
left join {{rel .Records}} r on r."record_key" = w."record_key" and r."input" = w."input"
where r.{{ident .ID}} is distinct from w.{{ident .ID}}
