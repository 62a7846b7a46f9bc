-- step: read every live record of every input: key, times, attributes, raw identifier values
-- inputs: work."<identity>.input.<input>"
-- outputs: work."<identity>.rows"
create or replace table {{rel .Rows}} as
{{- range $i, $in := .Inputs}}
{{- if $i}}
union all
{{- end}}
select
  {{lit $in.Name}} as "input",
  k."_cdp_record" as "record_key",
  cast({{lit $in.Place}} as integer) as "place",
  {{if $in.UpdatedAt.Value}}try_cast(({{fragment $in.UpdatedAt}}) as timestamp){{else}}cast(null as timestamp){{end}} as "updated_at",
  {{if $in.OccurredAt.Value}}try_cast(({{fragment $in.OccurredAt}}) as timestamp){{else}}cast(null as timestamp){{end}} as "occurred_at",
  cast({{lit $in.Trust}} as bigint) as "trust"
{{- range $j, $a := $.Attributes}},
  {{with index $in.Attributes $j}}{{if .Value}}cast(({{fragment .}}) as {{type $a.Type}}){{else}}cast(null as {{type $a.Type}}){{end}}{{end}} as {{ident $a.Column}}
{{- end}}
{{- range $j, $r := $.RawColumns}},
  {{with index $in.Values $j}}{{if .Value}}cast(({{fragment .}}) as varchar){{else}}cast(null as varchar){{end}}{{end}} as {{ident $r.Column}}
  {{- if and $r.Region (eq $r.Nth 0)}},
  {{with index $in.Regions $j}}{{if .Value}}cast(({{fragment .}}) as varchar){{else}}cast(null as varchar){{end}}{{end}} as {{ident $r.Region}}
  {{- end}}
{{- end}}
from {{rel (index $.Views $i)}} k
{{- if $in.Deleted.Value}}
where coalesce(try_cast(({{fragment $in.Deleted}}) as boolean), false) = false
{{- end}}
{{- end}}
