-- step: find keys that arrived more than once
-- inputs: rows to keep
-- outputs: work."<stream>.twice": a row per such key
create or replace table {{rel .Twice}} as
select {{cols .Key}}, count(*) as "_cdp_rows"
from {{rel .Parsed}}
where {{template "_keep" .}}
group by {{cols .Key}}
having count(*) > 1
