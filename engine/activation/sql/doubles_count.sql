-- step: count the keys that several rows give
-- inputs: work."<sync>.doubles"
-- outputs: one number
select count(*) from {{rel .Doubles}}
