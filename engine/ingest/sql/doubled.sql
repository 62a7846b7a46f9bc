-- step: count keys that arrived more than once, and their records
-- inputs: work."<stream>.twice"
-- outputs: one row
select count(*) as "keys", coalesce(sum("_cdp_rows"), 0) as "records" from {{rel .Twice}}
