-- step: list the tables and views of the warehouse
-- inputs: information_schema.tables
-- outputs: a row per table, by the name to ask for
select "table_schema" || '.' || "table_name" as "name"
from information_schema.tables
where "table_catalog" = current_database()
order by "name"
