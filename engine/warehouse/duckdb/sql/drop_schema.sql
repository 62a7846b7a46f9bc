-- step: drop a schema that has no tables any more
-- inputs: nothing
-- outputs: nothing
DROP SCHEMA IF EXISTS {{rel .Schema}}
