-- step: put all rejected links together
-- inputs: work."<identity>.blocked", cut, hubs
-- outputs: work."<identity>.rejections"
create or replace table {{rel .Rejections}} as
{{- range $i, $p := .Parts}}
{{- if $i}}
union all
{{- end}}
select p."identifier", p."value", p."rule", p."reason", p."records", p."evidence" from {{rel $p}} p
{{- end}}
