-- step: list the columns of all tables and views of the warehouse
-- inputs: the catalogue of DuckDB
-- outputs: a row for each column
SELECT c.schema_name, c.table_name, c.column_name, c.data_type, v.view_name IS NOT NULL AS is_view
FROM duckdb_columns() AS c
LEFT JOIN duckdb_views() AS v
  ON v.database_name = c.database_name AND v.schema_name = c.schema_name AND v.view_name = c.table_name
WHERE c.database_name = 'wh' AND NOT c.internal
ORDER BY c.schema_name, c.table_name, c.column_index
