-- step: read a table of the engine's own
-- inputs: the table as it was before this command
-- outputs: all its rows
select {{cols .Columns}} from {{rel .From}}
