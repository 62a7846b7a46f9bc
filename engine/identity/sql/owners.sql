-- step: who belongs to whom
-- inputs: work."<identity>.raw", work."<identity>.labels", work."<identity>.ids"
-- outputs: work."<identity>.owners" (a view)
create or replace view {{rel .Owners}} as
select i."id" as {{ident .ID}}, r."input", r."record_key"
from {{rel .Raw}} r
join {{rel .Labels}} l on l."rid" = r."rid"
join {{rel .IDs}} i on i."label" = l."label"
