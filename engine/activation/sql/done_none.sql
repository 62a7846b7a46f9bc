-- step: no outcome is known yet
-- inputs: work."<sync>.queue"
-- outputs: work."<sync>.done", empty
create or replace table {{rel .Done}} as
select q."id" from {{rel .Queue}} q where false
