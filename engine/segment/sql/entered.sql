-- step: who entered a segment that had members before
-- inputs: work."<identity>.segment_members.<segment>", the memberships before
-- outputs: delta."<identity>.segments+<segment>"
create or replace table {{rel .Segment.Insert}} as
select n."segment", n.{{ident .ID}}, n."holdout"
from {{rel .Members}} n
where not exists (
    select 1 from {{rel .Table.Was}} w
    where w."segment" = n."segment" and w.{{ident .ID}} = n.{{ident .ID}}
  )
