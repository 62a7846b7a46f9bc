-- step: compare what is wanted with what the tool is known to hold
-- inputs: work."<sync>.wanted", _cdp.ledger, <identity>.redirects
-- outputs: work."<sync>.differences": what is to be done, and ledger rows to put right; nothing for equal rows
create or replace table {{rel .Differences}} as
select c.*
from (
  select
    coalesce(w."id", l."key") as "id",
    case when w."id" is null then l."owner" else w."customer_id" end as "customer_id",
    {{template "other" .}} as "other",
    w."fingerprint" as "wanted",
    l."held",
    l."fields" as "held_fields",
    l."status" as "prior",
    l."wanted" as "prior_wanted",
    l."operation" as "prior_operation",
    l."code" as "prior_code",
    l."message" as "prior_message",
    coalesce(l."attempts", 0) as "attempts",
    l."delivery",
    case
      when w."id" is null then
        case
          when l."status" = 'removed' then case when l."held" is null and l."operation" = 'update' then 'forget' end
{{- if .Keep}}
          when l."held" is null and l."status" in ('pending', 'rejected') then 'forget'
          {{- if not .Append}}
          when l."status" in ('pending', 'rejected') then 'tidy'
          {{- end}}
{{- else}}
          when l."held" is null and l."status" in ('pending', 'rejected') then 'forget'
          {{- if ne .Retry "each_run"}}
          when l."status" = 'rejected' and l."operation" = {{lit .LeaveOp}} and l."wanted" is null then 'wait'
          {{- end}}
          {{- range .KeyColumns}}
          when json_extract_string(l."key", {{lit .Path}}) is null then 'wait'
          {{- end}}
          else 'leave'
{{- end}}
        end
{{- if .EachRun}}
      else 'append'
{{- else}}
      when l."key" is null then {{lit .Add}}
      {{- if .Append}}
      when l."status" = 'unknown' and l."wanted" = w."fingerprint" then 'append'
      {{- else}}
      when l."status" = 'unknown' then case when l."held" is null then {{lit .Add}} else {{lit .Update}} end
      {{- end}}
      {{- if .Persons}}
      when {{template "other" .}} and l."held" is not null and l."status" <> 'removed'
        {{- range .Compared}} and ({{template "has" .}}{{if .Skip}} or ({{ident .Alias .Column}} is null and coalesce(strpos(l."fields", {{lit .Entry}}), 0) = 0){{end}}){{end}} then 'tidy'
      {{- end}}
      when l."held" = w."fingerprint" and l."status" <> 'removed' and not {{template "other" .}} then
        case when l."status" <> 'delivered' or l."customer_id" is distinct from w."customer_id" then 'tidy' end
      {{- if eq .Retry "never"}}
      when l."status" = 'rejected' then 'wait'
      {{- else if eq .Retry "when_changed"}}
      when l."status" = 'rejected' and l."wanted" = w."fingerprint" then 'wait'
      {{- end}}
      {{- if .Append}}
      else 'append'
      {{- else}}
      when l."held" is null then {{lit .Add}}
      when l."status" = 'removed' then {{lit .Update}}
      {{- if eq .Mode "insert"}}
      when l."status" <> 'delivered' then 'tidy'
      else null
      {{- else}}
      when not {{template "other" .}} and {{range $i, $c := .Compared}}{{sep $i " and "}}{{if $c.Skip}}({{ident $c.Alias $c.Column}} is null or {{template "has" $c}}){{else}}{{template "has" $c}}{{end}}{{else}}false{{end}} then 'tidy'
      else {{lit .Update}}
      {{- end}}
      {{- end}}
{{- end}}
    end as "action"
  from ({{template "valid" .}}
  ) w
  full outer join (
    select x.*, x."fields" as "held digests", {{if .Redirects.Name}}coalesce(r."to_id", x."customer_id"){{else}}x."customer_id"{{end}} as "owner"
    from {{rel .Ledger}} x
{{- if .Redirects.Name}}
    left join {{rel .Redirects}} r on r."from_id" = x."customer_id"
{{- end}}
    where x."sync" = {{bind .Sync}}
{{- if .KeptBack}}
      and not exists (
        select 1 from {{rel .Wanted}} k
        where k."id" = x."key"
          and (k."problem" is not null{{if and .Duplicates (not .Newest)}} or exists (select 1 from {{rel .Doubles}} d where d."id" = k."id"){{end}})
      )
{{- end}}
  ) l on l."key" = w."id"
) c
where c."action" is not null
