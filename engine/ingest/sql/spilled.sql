-- step: drop a spilled piece
-- inputs: one spilled piece
-- outputs: nothing
drop table {{rel .From}}
