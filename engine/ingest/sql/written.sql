-- step: count the rows this load wrote
-- inputs: the raw table, inside the publish transaction
-- outputs: one row
select count(*) as "rows" from {{rel .Published}} where {{ident .LoadColumn}} = {{bind .LoadID}}
