-- step: parse a SELECT
-- inputs: a text
-- outputs: its syntax tree as JSON
SELECT json_serialize_sql(CAST({{bind .Text}} AS VARCHAR)) AS tree
