-- step: the members of a segment, with the side of its holdout
-- inputs: work."<identity>.membership"
-- outputs: work."<identity>.segment_members.<segment>" (a view)
create or replace view {{rel .Members}} as
select
  {{lit .Segment.Name}} as "segment",
  m.{{ident .ID}},
  {{if .Segment.Share}}substr(sha256({{lit .Segment.Salt}} || m.{{ident .ID}}), 1, 8) < {{lit .Segment.Share}}{{else}}false{{end}} as "holdout"
from {{rel .Membership}} m
where m.{{ident .Segment.Column}}
