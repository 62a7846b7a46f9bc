-- step: list values that link nobody: placeholders
-- inputs: work."<identity>.values"
-- outputs: work."<identity>.blocked"
create or replace table {{rel .Blocked}} as
select {{template "names" .}} as "identifier", h."value", 'placeholder' as "rule", 'blocked: stands for no value' as "reason", h."records", 'first of them: ' || h."first" as "evidence"
from (
  select v."identifier", v."value", count(*) as "records", min(r."input" || ':' || r."record_key") as "first"
  from {{rel .Values}} v
  join {{rel .Raw}} r on r."rid" = v."rid"
  where v."blocked"
  group by v."identifier", v."value"
) h
