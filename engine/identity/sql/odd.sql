-- step: raw values to be normalised in Go
-- inputs: work."<identity>.raw"
-- outputs: rid, raw value, region
select r."rid", r.{{ident .Column}} as "raw"{{if .Region}}, r.{{ident .Region}} as "region"{{end}}
from {{rel .Raw}} r
where trim(r.{{ident .Column}}) <> ''
