-- step: rows to write
-- inputs: work."<model>.new", work."<model>.changes"
-- outputs: view delta."<model>+"
create or replace view {{rel .Insert}} as
select {{cols .Columns "n"}}
from {{rel .New}} n
join {{rel .Changes}} c on {{same .Columns "c" "n"}}
