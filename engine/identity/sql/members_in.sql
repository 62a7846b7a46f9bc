-- step: records that are new or have another customer
-- inputs: work."<identity>.records", <identity>.members before
-- outputs: delta."<identity>.members+"
create or replace table {{rel .Insert}} as
select r.{{ident .ID}}, r."input", r."record_key"
from {{rel .Records}} r
left join {{rel .Members.Was}} w on w."record_key" = r."record_key" and w."input" = r."input"
where r.{{ident .ID}} is not null and w.{{ident .ID}} is distinct from r.{{ident .ID}}
