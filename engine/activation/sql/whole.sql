-- step: read the whole wanted set, by key
-- inputs: work."<sync>.wanted"
-- outputs: the columns of a batch
select
  'replace' as "op", cast(null as varchar) as "prior", v."fingerprint" as "wanted", '' as "delivery", cast(null as varchar) as "mask",
  cast(null as varchar) as "held", cast(null as varchar) as "held_fields", cast(null as varchar) as "wanted_fields", cast(0 as bigint) as "attempts",
  length(v."id") + {{lit .Overhead}}{{range .Sized}} + coalesce(length({{ident .Alias .Column}}), 0){{end}} as "size",
  v."id", v."customer_id"
  {{- range .KeyColumns}},
  {{if .Text}}json_extract_string(v."id", {{lit .Path}}){{else}}try_cast(json_extract_string(v."id", {{lit .Path}}) as {{type .Type}}){{end}} as {{ident .Column}}{{end}}
  {{- range .FieldColumns}},
  {{ident "v" .Column}}{{end}}
from ({{template "valid" .}}
) v
order by v."id"
