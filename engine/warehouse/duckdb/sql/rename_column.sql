-- step: give a column another name
-- inputs: the table
-- outputs: the table
ALTER TABLE {{rel .Table}} RENAME COLUMN {{ident .From}} TO {{ident .To}}
