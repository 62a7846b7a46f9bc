-- step: the ids there were, with their members
-- inputs: <identity>.members before
-- outputs: work."<identity>.old"
create or replace table {{rel .Old}} as
select w.{{ident .ID}} as "id", count(*) as "records"
from {{rel .Members.Was}} w
group by w.{{ident .ID}}
