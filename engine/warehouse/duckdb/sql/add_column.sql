-- step: add a column, null in all rows
-- inputs: the table
-- outputs: the table
ALTER TABLE {{rel .Table}} ADD COLUMN {{ident .Column.Name}} {{type .Column.Type}}
