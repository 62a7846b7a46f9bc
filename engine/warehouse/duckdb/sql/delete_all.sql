-- step: delete all rows
-- inputs: the table
-- outputs: the table
DELETE FROM {{rel .Table}}
