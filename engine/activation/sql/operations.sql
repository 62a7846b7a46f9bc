-- step: the operations; all rows come where the ledger has none
-- inputs: work."<sync>.differences", or work."<sync>.wanted"
-- outputs: work."<sync>.operations"
create or replace view {{rel .Operations}} as
{{- if .First}}
select
  w."id", w."customer_id", w."fingerprint" as "wanted",
  cast(null as varchar) as "held", cast(null as varchar) as "held_fields", cast(null as varchar) as "prior",
  cast(null as varchar) as "prior_wanted", cast(null as varchar) as "prior_operation",
  cast(null as varchar) as "prior_code", cast(null as varchar) as "prior_message", cast(0 as bigint) as "attempts",
  cast(null as varchar) as "delivery", false as "other", {{lit .Add}} as "action"
from ({{template "valid" .}}
) w
{{- else}}
select d.* from {{rel .Differences}} d
{{- end}}
