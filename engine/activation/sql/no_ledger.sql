-- step: a sync whose records lie in another place than before holds nothing in the new one
-- inputs: _cdp.ledger
-- outputs: work."<sync>.no_ledger", empty
create or replace view {{rel .Nothing}} as
select * from {{rel .From}} where false
