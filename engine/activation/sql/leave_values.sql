-- step: the values that records of people who left get
-- inputs: work."<sync>.operations", profiles as they are now
-- outputs: work."<sync>.leave_values"
create or replace table {{rel .LeaveValues}} as
select
  e.*,
  sha256(concat_ws('', {{lit .LeavePrefix}}, e."id"{{range .LeaveColumns}}, {{template "piece" .}}{{end}})) as "fingerprint"
from (
  select
    p."operation id" as "id"
  {{- range .LeaveColumns}},
    {{if .Nested}}to_json({{fragment .SQL}}){{else}}cast(({{fragment .SQL}}) as {{type .Type}}){{end}} as {{ident .Column}}
  {{- end}}
  from (
    select o."id" as "operation id"{{if .ID}}, r.*{{end}}
    from {{rel .Operations}} o
  {{- if .ID}}
    left join {{rel .Profiles}} r on r.{{ident .ID}} = o."customer_id"
  {{- end}}
    where o."action" = 'leave'
  ) p
) e
