-- step: count the operations
-- inputs: work."<sync>.queue"
-- outputs: one number
select count(*) from {{rel .Queue}}
