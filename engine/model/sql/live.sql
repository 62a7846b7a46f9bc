-- step: what readers see of a table
-- inputs: the table
-- outputs: its live rows without bookkeeping
SELECT {{cols .Columns}} FROM {{rel .From}}{{if .Live.Value}} WHERE {{fragment .Live}}{{end}}
