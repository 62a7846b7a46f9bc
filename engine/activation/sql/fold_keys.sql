-- step: remember which operations have an outcome
-- inputs: work."<sync>.settled"
-- outputs: rows of work."<sync>.done"
insert into {{rel .Done}}
select x."key" as "id" from {{rel .Settled}} x
