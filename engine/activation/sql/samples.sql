-- step: take a few operations of each kind, the same on every machine
-- inputs: work."<sync>.operations", work."<sync>.wanted"
-- outputs: action and key, then each field's value and whether it is sent; a few rows of each action
select
  s."action", s."id"
{{- range .Shown}},
  {{ident "w" .Column}},
  w."id" is not null
    {{- if $.Compare}} and (s."action" <> 'update' or not {{if .Skip}}({{ident "w" .Column}} is null or {{template "has" .}}){{else}}{{template "has" .}}{{end}}){{end}}
    {{- if .Skip}} and {{ident "w" .Column}} is not null{{end}}
{{- end}}
from (
  select
    o."action", o."id", coalesce(o."held_fields", '') as "held digests",
    row_number() over (partition by o."action" order by o."id") as "n"
  from {{rel .Operations}} o
  where o."action" in ('add', 'update', 'append', 'leave')
) s
left join ({{template "valid" .}}
) w on w."id" = s."id" and s."action" <> 'leave'
where s."n" <= {{bind .Most}}
order by s."action", s."id"
