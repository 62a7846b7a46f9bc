-- step: find the newest cursor value
-- inputs: what arrived, the cursor of the last load
-- outputs: one row
select max(v."value") as "value"
from (
  select max({{ident .Cursor}}) as "value" from {{rel .Parsed}}
{{- if .Since}}
  union all
  select cast({{bind .Since}} as {{type .CursorType}})
{{- end}}
) v
