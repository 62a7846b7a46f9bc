-- step: one row per member of each segment, with the side of its holdout
-- inputs: work."<identity>.membership"
-- outputs: work."<identity>.segment_members"
create or replace table {{rel .Members}} as
{{- range $i, $s := .Segments}}
{{- if $i}}
union all
{{- end}}
select
  {{lit $s.Name}} as "segment",
  m.{{ident $.ID}},
  {{if $s.Share}}substr(sha256({{lit $s.Salt}} || m.{{ident $.ID}}), 1, 8) < {{lit $s.Share}}{{else}}false{{end}} as "holdout"
from {{rel $.Membership}} m
where m.{{ident $s.Column}}
{{- end}}
