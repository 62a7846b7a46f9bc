-- step: map rows to keys and fields, before hashing; a phone that is an identifier is the number it was matched as
-- inputs: what the sync reads, <identity>.identifiers
-- outputs: work."<sync>.mapped"
create or replace table {{rel .Mapped}} as
{{- if .Dialled}}
with m as (
{{template "mapping" .}}
)
select
  m."customer_id"
{{- range .Columns}},
  {{if .Phone}}coalesce({{ident .Dial "value"}}, m.{{ident .Column}}) as {{ident .Column}}{{else}}m.{{ident .Column}}{{end}}
{{- end}}
from m
{{- range .Columns}}{{if .Phone}}
left join (
  select x."customer_id", min(i."value") as "value"
  from (
    select m."customer_id", ltrim(regexp_replace(m.{{ident .Column}}, '[^0-9]', '', 'g'), '0') as "digits"
    from m
    where not starts_with(trim(m.{{ident .Column}}), '+')
  ) x
  join {{rel $.Identifiers}} i on i.{{ident $.ID}} = x."customer_id" and i."identifier" = {{lit .Phone}}
  where length(x."digits") > 4 and ends_with(split_part(i."value", ';', 1), x."digits")
  group by x."customer_id"
  having count(distinct split_part(i."value", ';', 1)) = 1
) {{ident .Dial}} on {{ident .Dial "customer_id"}} = m."customer_id"
{{- end}}{{end}}
{{- else}}
{{template "mapping" .}}
{{- end}}
