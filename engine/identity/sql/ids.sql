-- step: put all ids together, with how each came about
-- inputs: work."<identity>.kept", work."<identity>.decided", work."<identity>.fresh"
-- outputs: work."<identity>.ids"
create or replace table {{rel .IDs}} as
select k."label", k."id", 'kept' as "how" from {{rel .Kept}} k
union all
select d."label", d."id", d."how" from {{rel .Decided}} d
union all
select f."label", f."id", 'created' as "how" from {{rel .Fresh}} f
