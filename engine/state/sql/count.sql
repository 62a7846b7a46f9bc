-- step: count the rows of a table
-- inputs: the table
-- outputs: one number
select count(*) as "rows" from {{rel .From}}
