-- step: give every record its customer
-- inputs: work."<identity>.cleaned", work."<identity>.labels", work."<identity>.ids"
-- outputs: work."<identity>.records" (a view)
create or replace view {{rel .Records}} as
select
  c."input", c."record_key", i."id" as {{ident .ID}}, c."updated_at", c."occurred_at", c."trust"
{{- range .Attributes}}, c.{{ident .Column}}{{end}}
{{- range .Cleans}}, c.{{ident .Name}}{{end}}
from {{rel .Cleaned}} c
left join {{rel .Labels}} l on l."rid" = c."rid"
left join {{rel .IDs}} i on i."label" = l."label"
