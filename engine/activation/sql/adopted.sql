-- step: the ledger as it would be had we put there what the tool has already
-- inputs: work."<sync>.wanted", work."<sync>.adopted"
-- outputs: work."<sync>.adopted_ledger"
create or replace table {{rel .AdoptedLedger}} as
select
  {{bind .Sync}} as "sync", v."id" as "key", v."customer_id",
  case when a."same" is not null then v."fingerprint" else {{lit .HeldElse}} end as "held",
  case when a."same" is not null then {{if .Digests}}'{' || concat_ws(','{{range .Digests}},
    case when {{if .Skip}}{{ident .Alias .Column}} is not null{{else}}true{{end}} then {{lit .Entry}} || {{template "digest" .}} || '"' end{{end}}) || '}'{{else}}'{}'{{end}} end as "fields",
  cast(null as varchar) as "operation", cast(null as varchar) as "wanted", 'delivered' as "status",
  'adopted' as "code", cast(null as varchar) as "message", cast(0 as bigint) as "attempts",
  cast(null as varchar) as "last_run", cast(null as timestamp) as "last_at", cast(null as varchar) as "delivery", cast(null as varchar) as "wanted_fields"
from ({{template "valid" .}}
) v
join {{rel .Adopted}} a on a."id" = v."id"
