-- step: count the model's rows
-- inputs: work."<model>.new"
-- outputs: one row
select count(*) from {{rel .New}}
