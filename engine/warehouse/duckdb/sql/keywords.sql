-- step: list the words that SQL itself uses
-- inputs: DuckDB
-- outputs: a row for each word
SELECT keyword_name FROM duckdb_keywords() ORDER BY keyword_name
