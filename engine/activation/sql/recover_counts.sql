-- step: count what a recovery found
-- inputs: work."recovered_rows"
-- outputs: status, rows
select r."status", count(*) as "rows" from {{rel .Rows}} r group by r."status" order by r."status"
