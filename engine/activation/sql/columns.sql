-- step: the types of a sync's keys and fields as they were computed
-- inputs: work."<sync>.types" or work."<sync>.leave_values"
-- outputs: no rows; the columns
select * from {{rel .From}} limit 0
