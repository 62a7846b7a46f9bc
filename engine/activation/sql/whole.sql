-- step: read the whole wanted set, by key
-- inputs: work."<sync>.wanted"
-- outputs: the columns of a batch
select
  'replace' as "op", cast(null as varchar) as "prior", v."fingerprint" as "wanted", '' as "delivery", cast(null as varchar) as "mask",
  {{range $i, $c := .Sized}}{{sep $i " + "}}coalesce(length({{template "text" $c}}), 4) + {{lit $c.Overhead}}{{end}} as "size",
  v."id", v."customer_id"{{range .Sent}}, {{ident "v" .Column}}{{end}}
from ({{template "valid" .}}
) v
order by v."id"
