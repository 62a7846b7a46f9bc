-- step: drop a table
-- inputs: the table
-- outputs: nothing
DROP TABLE IF EXISTS {{rel .Table}}
