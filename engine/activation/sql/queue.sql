-- step: the operations as they will be sent, in order, with their values
-- inputs: work."<sync>.operations", work."<sync>.wanted", what the sync reads
-- outputs: work."<sync>.queue"
create or replace table {{rel .Queue}} as
select q.*
from (
  select
    1 as "phase",
    case o."action" when 'update' then {{lit .UpdateOp}} else {{lit .AddOp}} end as "op",
    o."action",
    o."id", o."customer_id", o."wanted", o."prior",
    case when o."other" and substr(o."held", 1, 1) <> {{lit .OtherMark}} then {{lit .OtherMark}} || o."held" else o."held" end as "held",
    o."held_fields", o."attempts",
    o."prior_operation", o."prior_wanted", o."prior_code", o."prior_message", o."delivery" as "prior_delivery",
    case when o."prior" in ('pending', 'unknown') and o."prior_wanted" = o."wanted" then coalesce(o."delivery", {{bind .Run}}) else {{bind .Run}} end as "delivery",
    {{if .Digests}}'{' || concat_ws(','{{range .Digests}},
      {{if .Skip}}case
        when {{ident .Alias .Column}} is not null or o."other" then {{lit .Entry}} || {{template "digest" .}} || '"'
        when strpos(o."held_fields", {{lit .Entry}}) > 0 then substr(o."held_fields", strpos(o."held_fields", {{lit .Entry}}), {{lit .EntryLength}})
      end{{else}}{{lit .Entry}} || {{template "digest" .}} || '"'{{end}}{{end}}) || '}'{{else}}'{}'{{end}} as "wanted_fields",
    {{if .Masked}}''{{range .Masks}} || {{if .Leaving}}'0'{{else}}case
      {{- if .Skip}} when {{ident .Alias .Column}} is null and not o."other" then '0'{{end}}
      {{- if $.Partial}} when o."action" = 'update' and o."prior" = 'delivered' and not o."other" and {{template "has" .}} then '0'{{end}} when true then '1' end{{end}}{{end}}{{else}}cast(null as varchar){{end}} as "mask",
    length(o."id") + {{lit .Overhead}}{{range .Sized}} + coalesce(length({{ident .Alias .Column}}), 0){{end}} as "size"
    {{- range .KeyColumns}},
    {{if .Text}}json_extract_string(o."id", {{lit .Path}}){{else}}try_cast(json_extract_string(o."id", {{lit .Path}}) as {{type .Type}}){{end}} as {{ident .Column}}{{end}}
    {{- range .FieldColumns}},
    {{ident "v" .Column}}{{end}}
    {{- range .LeaveColumns}}{{if not .Shared}},
    cast(null as {{type .Type}}) as {{ident .Column}}{{end}}{{end}}
  from (select x.*, x."held_fields" as "held digests" from {{rel .Operations}} x where x."action" in ('add', 'update', 'append')) o
  join ({{template "valid" .}}
  ) v on v."id" = o."id"
{{- if .Leaves}}
  union all
  select
    case when {{if .Pairs}}exists (
      select 1 from {{rel .Operations}} a
      where {{template "comes" "a"}} and a."customer_id" = o."customer_id"
    ){{else}}false{{end}} then 0 else 2 end as "phase",
    {{lit .LeaveOp}} as "op",
    o."action",
    o."id", o."customer_id", {{if .LeaveColumns}}e."fingerprint"{{else}}cast(null as varchar){{end}} as "wanted", o."prior", o."held", o."held_fields", o."attempts",
    o."prior_operation", o."prior_wanted", o."prior_code", o."prior_message", o."delivery" as "prior_delivery",
    case when o."prior" in ('pending', 'unknown') and o."prior_operation" = {{lit .LeaveOp}} then coalesce(o."delivery", {{bind .Run}}) else {{bind .Run}} end as "delivery",
    cast(null as varchar) as "wanted_fields",
    {{if .Masked}}''{{range .Masks}} || {{if .Carried}}'1'{{else}}'0'{{end}}{{end}}{{else}}cast(null as varchar){{end}} as "mask",
    length(o."id") + 16 as "size"
    {{- range .KeyColumns}},
    try_cast(json_extract_string(o."id", {{lit .Path}}) as {{type .Type}}) as {{ident .Column}}{{end}}
    {{- range .FieldColumns}},
    {{if .Carried}}{{ident "e" .Column}}{{else}}cast(null as {{type .Type}}) as {{ident .Column}}{{end}}{{end}}
    {{- range .LeaveColumns}}{{if not .Shared}},
    {{ident "e" .Column}}{{end}}{{end}}
  from {{rel .Operations}} o
  {{- if .LeaveColumns}}
  left join {{rel .LeaveValues}} e on e."id" = o."id"
  {{- end}}
  where o."action" = 'leave'
{{- end}}
) q
