-- step: who entered a segment, or changed the side of its holdout
-- inputs: work."<identity>.segment_members", the memberships before
-- outputs: delta."<identity>.segments+<segment>"
create or replace table {{rel .Insert}} as
select n."segment", n.{{ident .ID}}, n."holdout", w."segment" is null as "new"
from {{rel .Members}} n
left join {{rel .Table.Was}} w on w."segment" = n."segment" and w.{{ident .ID}} = n.{{ident .ID}}
where n."segment" = {{lit .Segment.Name}}
  and (w."segment" is null or w."holdout" is distinct from n."holdout")
