-- step: what a constant expression gives
-- inputs: nothing
-- outputs: its value as text
select cast(({{fragment .SQL}}) as varchar) as "value"
