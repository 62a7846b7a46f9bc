-- step: count the rows of a relation
-- inputs: a relation
-- outputs: one number
SELECT count(*) AS n FROM {{rel .Of}}
