-- step: count the rows readers saw before
-- inputs: was."<table>"
-- outputs: one row
select count(*) as "rows" from {{rel .Was}} where "_cdp_deleted_at" is null{{if .History}} and "_cdp_valid_to" is null{{end}}
