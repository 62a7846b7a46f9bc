-- step: see which columns a delta has
-- inputs: one relation of a delta
-- outputs: no row; its columns are what is asked for
select * from {{rel .Delta}} where 1 = 0
