-- step: read a delta whole, to keep it with a saved plan
-- inputs: one relation of a delta
-- outputs: its rows
select * from {{rel .Delta}}
