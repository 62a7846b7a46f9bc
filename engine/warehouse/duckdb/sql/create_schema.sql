-- step: make a schema
-- inputs: nothing
-- outputs: the schema
CREATE SCHEMA IF NOT EXISTS {{rel .Schema}}
