-- step: rows to replace
-- inputs: work."<model>.changes"
-- outputs: view delta."<model>-"
create or replace view {{rel .Delete}} as
select {{cols .Columns}} from {{rel .Changes}} where "_cdp_old" > 0
