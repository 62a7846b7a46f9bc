-- step: list tables and views of the warehouse with their columns
-- inputs: the catalogue
-- outputs: a row per column, in order; rows is -1 where it is not known without counting
select "table_schema", "table_name", "column_name", "data_type", cast(-1 as bigint) as "rows"
from "wh"."information_schema"."columns"
where "table_schema" not in ('_cdp', 'information_schema')
order by "table_schema", "table_name", "ordinal_position"
