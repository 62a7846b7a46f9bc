-- step: count the wanted rows, the rows that the tool holds, and those held out
-- inputs: work."<sync>.wanted", work."<sync>.doubles", _cdp.ledger, <identity>.segments
-- outputs: one row: wanted, valid, doubles, held, heldout, known
select
  (select count(*) from {{rel .Wanted}}) as "wanted",
  (select count(*) from {{rel .Wanted}} where "problem" is null) as "valid",
  (select count(*) from {{rel .Doubles}}) as "doubles",
  (select count(*) from {{rel .Ledger}} where "sync" = {{bind .Sync}} and "held" is not null and "status" <> 'removed') as "held",
  (select count(*) from {{rel .Ledger}} where "sync" = {{bind .Sync}}) as "known",
  {{if .NoHoldout}}(select count(*) from {{rel .Segments}} s where s."segment" = {{bind .Segment}} and {{template "heldout" .}}){{else}}0{{end}} as "heldout"
