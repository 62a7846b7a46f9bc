-- step: on a first run all members are new
-- inputs: work."<identity>.records"
-- outputs: delta."<identity>.members+" (a view)
create or replace view {{rel .Insert}} as
select r.{{ident .ID}}, r."input", r."record_key"
from {{rel .Records}} r
where r.{{ident .ID}} is not null
