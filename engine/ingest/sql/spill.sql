-- step: add rejects that did not fit in memory
-- inputs: one spilled piece
-- outputs: work."<stream>.rejects"
insert into {{rel .Into}} select * from {{rel .From}}
