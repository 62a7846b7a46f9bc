-- step: records that are new or have another customer
-- inputs: work."<identity>.owners", <identity>.members before
-- outputs: delta."<identity>.members+"
create or replace table {{rel .Insert}} as
select o.{{ident .ID}}, o."input", o."record_key"
from {{rel .Owners}} o
left join {{rel .Members.Was}} w on w."record_key" = o."record_key" and w."input" = o."input"
where w.{{ident .ID}} is distinct from o.{{ident .ID}}
