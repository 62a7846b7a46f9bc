-- step: list links that would have joined two values of a unique identifier
-- inputs: work."<identity>.cuts", work."<identity>.ordered", work."<identity>.claims"
-- outputs: work."<identity>.cut"
create or replace table {{rel .Cut}} as
select
  case h."rule"{{range $i, $r := .Rules}} when {{lit $i}} then {{lit $r.Identifiers}}{{end}} end as "identifier",
  h."value",
  case h."rule"{{range $i, $r := .Rules}} when {{lit $i}} then {{lit $r.Name}}{{end}} end as "rule",
  'conflict: ' || h."unique" || ' is unique' as "reason",
  count(distinct h."rid") as "records",
  min(h."evidence") as "evidence"
from (
  select o."rule", o."value", o."rid",
    case c."identifier"{{range $i, $d := .IdentifierList}} when {{lit $i}} then {{lit $d.Name}}{{end}} end as "unique",
    r."input" || ':' || r."record_key" || ' would join ' || a."value" || ' and ' || b."value" as "evidence"
  from {{rel .Cuts}} c
  join {{rel .Ordered}} o on o."seq" = c."seq"
  join {{rel .Raw}} r on r."rid" = o."rid"
  join (select n."number", min(n."value") as "value" from {{rel .Claims}} n group by n."number") a on a."number" = c."left"
  join (select n."number", min(n."value") as "value" from {{rel .Claims}} n group by n."number") b on b."number" = c."right"
) h
group by h."rule", h."value", h."unique"
