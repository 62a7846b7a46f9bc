-- step: give every record the customer it has already
-- inputs: work."<identity>.cleaned", <identity>.members
-- outputs: work."<identity>.records" (a view)
create or replace view {{rel .Records}} as
select
  c."input", c."record_key", m.{{ident .ID}}, c."updated_at", c."occurred_at", c."trust"
{{- range .Attributes}}, c.{{ident .Column}}{{end}}
{{- range .Cleans}}, c.{{ident .Name}}{{end}}
from {{rel .Cleaned}} c
left join {{rel .Members.Now}} m on m."input" = c."input" and m."record_key" = c."record_key"
