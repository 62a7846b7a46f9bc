-- step: count rows to write
-- inputs: delta."<stream>+"
-- outputs: one row
select count(*) as "rows" from {{rel .Insert}}
