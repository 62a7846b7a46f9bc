-- step: remember which operations have an outcome
-- inputs: work."<sync>.outcomes"
-- outputs: rows of work."<sync>.done"
insert into {{rel .Done}}
select x."id" from {{rel .Outcomes}} x
