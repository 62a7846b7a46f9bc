-- step: the events of entering and leaving
-- inputs: delta."<identity>.segments+<segment>", delta."<identity>.segments-<segment>"
-- outputs: delta."<identity>.segment_history+<segment>"
create or replace table {{rel .Events}} as
select "segment", {{ident .ID}}, 'entered' as "event" from {{rel .Insert}}
union all
select "segment", {{ident .ID}}, 'left' as "event" from {{rel .Delete}}
