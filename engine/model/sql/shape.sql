-- step: learn the columns of the SELECT
-- inputs: view work."<model>.select"
-- outputs: no rows
select * from {{rel .Select}} where false
