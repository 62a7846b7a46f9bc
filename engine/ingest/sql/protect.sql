-- step: a record that was set aside keeps the row it had
-- inputs: work."<stream>.rejects"
-- outputs: work."<stream>.changes" without deletes of such rows
delete from {{rel .Changes}}
where "_cdp_change" = 'delete'
  and {{key .KeyColumns}} in (select "key" from {{rel .Rejects}} where "key" is not null)
