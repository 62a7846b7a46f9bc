-- step: parse many SELECTs, each for itself
-- inputs: a list of texts
-- outputs: each text, and its syntax tree as JSON
SELECT t."text", json_serialize_sql(t."text") AS tree
FROM (SELECT unnest(CAST({{bind .Texts}} AS VARCHAR[])) AS "text") AS t
