-- step: count what changes for customers
-- inputs: work."<identity>.ids", old, overlap, ended, parted
-- outputs: one row of numbers
select
  (select count(*) from {{rel .IDs}} i) as "profiles",
  (select count(*) from {{rel .IDs}} i where i."how" = 'created' and not exists (select 1 from {{rel .Parted}} p where p."label" = i."label")) as "created",
  (select count(*) from {{rel .Ended}} e where e."to_id" is not null) as "merged",
  (select count(*) from {{rel .Parted}} p) as "split",
  (select count(*) from {{rel .Ended}} e where e."to_id" is null) as "retired",
  (select count(*) from {{rel .IDs}} i where i."how" = 'resurrected') as "resurrected",
  (select count(*) from {{rel .Old}} o) as "before",
  coalesce((select sum(o."records") from {{rel .Old}} o), 0) as "records_before",
  coalesce((select sum(o."records") from {{rel .Overlap}} o join {{rel .IDs}} i on i."label" = o."label" where i."id" <> o."id"), 0) as "moved"
