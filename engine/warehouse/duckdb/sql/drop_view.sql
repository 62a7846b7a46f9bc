-- step: drop a view
-- inputs: the view
-- outputs: nothing
DROP VIEW IF EXISTS {{rel .Table}}
