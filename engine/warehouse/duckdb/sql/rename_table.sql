-- step: give a table another name in its schema
-- inputs: the table
-- outputs: the table under its new name
ALTER TABLE {{rel .From}} RENAME TO {{ident .To.Name}}
