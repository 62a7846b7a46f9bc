-- step: stand in for a load that gave neither rows nor columns
-- inputs: was."<table>"
-- outputs: view work."<stream>.nothing": no rows
create or replace view {{rel .Kept}} as
select w.*, cast(0 as bigint) as {{ident .SeqColumn}} from {{rel .Was}} w where false
