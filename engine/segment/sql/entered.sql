-- step: who entered a segment
-- inputs: work."<identity>.segment_members", the memberships before
-- outputs: delta."<identity>.segments+<segment>"
create or replace table {{rel .Insert}} as
select n."segment", n.{{ident .ID}}, n."holdout"
from {{rel .Members}} n
where n."segment" = {{lit .Segment.Name}}
  and not exists (
    select 1 from {{rel .Table.Was}} w
    where w."segment" = n."segment" and w.{{ident .ID}} = n.{{ident .ID}}
  )
