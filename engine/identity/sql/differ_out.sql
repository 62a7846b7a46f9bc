-- step: keys of rows that are gone or differ
-- inputs: the new rows, the table before
-- outputs: delta."<table>-"
create or replace table {{rel .Delete}} as
select {{cols .Table.Key "w"}}
from {{rel .Table.Was}} w
left join {{rel .New}} n on {{range $i, $k := .Table.Key}}{{sep $i " and "}}w.{{ident $k}} = n.{{ident $k}}{{end}}
where n.{{ident (index .Table.Key 0)}} is null
{{- range .Columns}}
   or w.{{ident .}} is distinct from n.{{ident .}}
{{- end}}
