-- step: the ledger's rows of adopted records that need nothing
-- inputs: work."<sync>.adopted_ledger", work."<sync>.operations"
-- outputs: delta."<sync>.adopted"
create or replace view {{rel .AdoptedNew}} as
select
  a."sync", a."key", a."customer_id", a."held", a."fields", a."operation", a."held" as "wanted", a."status", a."code", a."message", a."attempts",
  {{lit .Run}} as "last_run", cast({{lit .At}} as timestamp) as "last_at", a."delivery", a."wanted_fields"
from {{rel .AdoptedLedger}} a
where not exists (select 1 from {{rel .Operations}} o where o."id" = a."key" and o."action" <> 'wait')
