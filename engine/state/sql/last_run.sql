-- step: read the newest run
-- inputs: _cdp.runs
-- outputs: at most one row
select {{cols .Columns}} from {{rel .From}} order by "run_id" desc limit 1
