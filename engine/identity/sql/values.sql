-- step: all normalised values
-- inputs: work."<identity>.values.<column>"
-- outputs: work."<identity>.values" (a view)
create or replace view {{rel .Values}} as
{{- range $i, $p := .Parts}}
{{- if $i}}
union all
{{- end}}
select cast({{lit $p.Identifier}} as integer) as "identifier", cast(p."rid" as integer) as "rid", p."value", p."blocked" from {{rel $p.From}} p
{{- else}}
select cast(0 as integer) as "identifier", cast(0 as integer) as "rid", cast('' as varchar) as "value", false as "blocked" where 1 = 0
{{- end}}
