-- step: records that are gone or have another customer
-- inputs: work."<identity>.owners", <identity>.members before
-- outputs: delta."<identity>.members-"
create or replace table {{rel .Delete}} as
select w."input", w."record_key"
from {{rel .Members.Was}} w
left join {{rel .Owners}} o on o."record_key" = w."record_key" and o."input" = w."input"
where o.{{ident .ID}} is distinct from w.{{ident .ID}}
