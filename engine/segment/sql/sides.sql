-- step: members whose side of the holdout changed
-- inputs: work."<identity>.segment_members.<segment>", the memberships before
-- outputs: delta."<identity>.segments=<segment>"
create or replace table {{rel .Segment.Sides}} as
select n."segment", n.{{ident .ID}}, w."entered_run", w."entered_at", n."holdout"
from {{rel .Members}} n
join {{rel .Table.Was}} w on w."segment" = n."segment" and w.{{ident .ID}} = n.{{ident .ID}}
where w."holdout" is distinct from n."holdout"
