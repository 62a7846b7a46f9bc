-- step: who left a segment
-- inputs: work."<identity>.segment_members.<segment>", the memberships before
-- outputs: delta."<identity>.segments-<segment>"
create or replace table {{rel .Segment.Delete}} as
select w."segment", w.{{ident .ID}}
from {{rel .Table.Was}} w
where w."segment" = {{lit .Segment.Name}}
{{- if not .Touched.All}}
  and w.{{ident .ID}} in (select t.{{ident .ID}} from {{rel .Touched.IDs}} t)
{{- end}}
{{- if .Segment.Column}}
  and not exists (
    select 1 from {{rel .Members}} n
    where n.{{ident .ID}} = w.{{ident .ID}}
  )
{{- end}}
