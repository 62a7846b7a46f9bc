-- step: put the edges of contested groups into their one order: rule, then support, earliest time, hash of the keys
-- inputs: keys and pairs of each rule, work."<identity>.contested"
-- outputs: work."<identity>.ordered"
create or replace table {{rel .Ordered}} as
select
  cast(row_number() over (order by e."rule", e."support" desc, e."first" nulls last, e."hash", e."value", e."input", e."record_key", e."other") as integer) as "seq",
  e."rule", e."rid", e."other", e."kind", e."value",
  cast(case when e."other" is null then dense_rank() over (order by e."kind", e."value") end as integer) as "node"
from (
{{- range $i, $r := .Stars}}
{{- if $i}}
  union all
{{- end}}
  select
    cast({{lit $r.Rule}} as integer) as "rule", k."rid", cast(null as integer) as "other", cast({{lit $r.Kind}} as integer) as "kind", k."value",
    count(*) over (partition by k."value") as "support",
    least(coalesce(r."updated_at", r."occurred_at"), coalesce(r."occurred_at", r."updated_at")) as "first",
    md5(r."input" || ' ' || r."record_key" || ' ' || k."value") as "hash", r."input", r."record_key"
  from {{if $r.Values}}(select v."rid", v."value" from {{rel $.Values}} v where v."identifier" = {{lit $r.Kind}} and not v."blocked"){{else}}{{rel $r.Keys}}{{end}} k
  join {{rel $.Labels}} l on l."rid" = k."rid"
  join {{rel $.Contested}} c on c."label" = l."label"
  join {{rel $.Raw}} r on r."rid" = k."rid"
{{- end}}
{{- range $i, $p := .Pairs}}
{{- if or $i $.Stars}}
  union all
{{- end}}
  select
    cast({{lit $p.Rule}} as integer), p."rid", p."other", cast(-1 as integer), p."value", 2,
    least(coalesce(least(a."updated_at", a."occurred_at"), a."updated_at", a."occurred_at", b."updated_at", b."occurred_at"), coalesce(least(b."updated_at", b."occurred_at"), b."updated_at", b."occurred_at", a."updated_at", a."occurred_at")),
    md5(least(a."input" || ' ' || a."record_key", b."input" || ' ' || b."record_key") || ' ' || greatest(a."input" || ' ' || a."record_key", b."input" || ' ' || b."record_key") || ' ' || p."value"),
    a."input", a."record_key"
  from {{rel $p.From}} p
  join {{rel $.Labels}} l on l."rid" = p."rid"
  join {{rel $.Contested}} c on c."label" = l."label"
  join {{rel $.Raw}} a on a."rid" = p."rid"
  join {{rel $.Raw}} b on b."rid" = p."other"
{{- end}}
) e
