-- step: the other e-mail addresses, to be normalised in Go
-- inputs: work."<identity>.raw"
-- outputs: rid, raw value
select r."rid", r.{{ident .Column}} as "raw"
from {{rel .Raw}} r
where trim(r.{{ident .Column}}) <> '' and not {{template "plain_duckdb" .}}
