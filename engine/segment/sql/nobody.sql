-- step: no segment is declared any more: nobody is a member
-- inputs: the memberships before
-- outputs: work."<identity>.segment_members", empty
create or replace table {{rel .Members}} as
select w."segment", w.{{ident .ID}}, w."holdout"
from {{rel .Table.Was}} w
where false
