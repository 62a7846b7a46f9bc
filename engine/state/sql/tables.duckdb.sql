-- step: list tables and views of the warehouse with their columns
-- inputs: the catalogue
-- outputs: a row per column, in order; rows is null for views, and tells no number: the catalogue counts deleted rows, too
select c."schema_name", c."table_name", c."column_name", c."data_type",
  case when t."table_oid" is not null then case t."estimated_size" when 0 then 'empty' else 'some' end end as "rows"
from duckdb_columns() c
left join duckdb_tables() t
  on t."database_name" = c."database_name" and t."schema_name" = c."schema_name" and t."table_name" = c."table_name"
where c."database_name" = 'wh' and c."schema_name" <> '_cdp' and not c."internal"
order by c."schema_name", c."table_name", c."column_index"
