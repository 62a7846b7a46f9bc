-- step: list tables and views of the warehouse with their columns
-- inputs: the catalogue
-- outputs: a row per column, in order; rows is null for views
select c."table_schema", c."table_name", c."column_name", c."data_type", case t."table_type" when 'VIEW' then null else 'some' end as "rows"
from "wh"."information_schema"."columns" c
join "wh"."information_schema"."tables" t on t."table_schema" = c."table_schema" and t."table_name" = c."table_name"
where c."table_schema" not in ('_cdp', 'information_schema')
order by c."table_schema", c."table_name", c."ordinal_position"
