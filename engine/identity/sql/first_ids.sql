-- step: on a first run every id is new
-- inputs: work."<identity>.fresh"
-- outputs: work."<identity>.ids" (a view)
create or replace view {{rel .IDs}} as
select f."label", f."id", 'created' as "how" from {{rel .Fresh}} f
