-- step: the values a rule with several identifiers compares, as one
-- inputs: work."<identity>.values"
-- outputs: work."<identity>.keys.<rule>"
create or replace table {{rel .Out}} as
select v0."rid", {{range $i, $n := .On}}{{sep $i " || "}}cast(length({{ident (index $.Aliases $i)}}."value") as varchar) || ':' || {{ident (index $.Aliases $i)}}."value"{{end}} as "value"
from {{rel .Values}} v0
{{- range $i, $n := .On}}
{{- if $i}}
join {{rel $.Values}} {{ident (index $.Aliases $i)}} on {{ident (index $.Aliases $i)}}."rid" = v0."rid" and {{ident (index $.Aliases $i)}}."identifier" = {{lit $n}} and not {{ident (index $.Aliases $i)}}."blocked"
{{- end}}
{{- end}}
where v0."identifier" = {{lit (index .On 0)}} and not v0."blocked"
