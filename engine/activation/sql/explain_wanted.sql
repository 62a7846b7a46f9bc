-- step: the rows of one customer, or of one key: what is wrong with them, and what would be done
-- inputs: work."<sync>.wanted", work."<sync>.doubles", work."<sync>.operations"
-- outputs: customer_id, key, problem, shared, action, unknown, then the fields
select
  w."customer_id", w."id" as "key", w."problem", d."id" is not null as "shared", o."action",
  coalesce(o."prior" = 'unknown', false) as "unsettled"
{{- range .FieldColumns}},
  {{ident "w" .Column}}{{end}}
from {{rel .Wanted}} w
left join {{rel .Doubles}} d on d."id" = w."id"
left join {{rel .Operations}} o on o."id" = w."id" and o."action" <> 'leave'
where {{if .ByKey}}w."id" = {{bind .Of}}{{else}}w."customer_id" = {{bind .Of}}{{end}}
order by w."id", w."customer_id"
