-- step: put the changes of all segments together, for those who read memberships next
-- inputs: the deltas of each segment
-- outputs: delta."<identity>.segments+", delta."<identity>.segments-"
create or replace table {{rel .Out}} as
{{- range $i, $p := .Parts}}
{{- if $i}}
union all
{{- end}}
select "segment", {{ident $.ID}}{{if $.Rows}}, "holdout"{{end}} from {{rel $p}}
{{- end}}
