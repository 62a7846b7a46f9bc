-- step: change the type of a column to one that holds all its values
-- inputs: the table
-- outputs: the table
ALTER TABLE {{rel .Table}} ALTER COLUMN {{ident .Column.Name}} TYPE {{type .Column.Type}} USING CAST({{ident .Column.Name}} AS {{type .Column.Type}})
