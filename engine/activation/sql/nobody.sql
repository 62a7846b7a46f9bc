-- step: a sync that says farewell wants nobody
-- inputs: nothing
-- outputs: work."<sync>.nobody", empty
create or replace view {{rel .Nobody}} as
select 1 as "nobody" where false
