-- step: read nothing of a relation, for its columns
-- inputs: a relation
-- outputs: no rows
SELECT * FROM {{rel .Of}} LIMIT 0
