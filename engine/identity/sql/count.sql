-- step: count rows
-- inputs: a relation
-- outputs: rows
select count(*) as "rows" from {{rel .From}} t
