-- step: keys of rows that go: who left, and who changed the side of its holdout
-- inputs: delta."<identity>.segments-<segment>", delta."<identity>.segments=<segment>"
-- outputs: delta."<identity>.segments~<segment>"
create or replace table {{rel .Segment.Keys}} as
select "segment", {{ident .ID}} from {{rel .Segment.Delete}}
{{- if .Segment.Column}}
union all
select "segment", {{ident .ID}} from {{rel .Segment.Sides}}
{{- end}}
