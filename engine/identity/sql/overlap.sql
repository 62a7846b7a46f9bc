-- step: count the members that old ids and new clusters share
-- inputs: <identity>.members before, work."<identity>.raw", work."<identity>.labels"
-- outputs: work."<identity>.overlap"
create or replace table {{rel .Overlap}} as
select w.{{ident .ID}} as "id", l."label", count(*) as "records"
from {{rel .Members.Was}} w
join {{rel .Raw}} r on r."record_key" = w."record_key" and r."input" = w."input"
join {{rel .Labels}} l on l."rid" = r."rid"
group by w.{{ident .ID}}, l."label"
