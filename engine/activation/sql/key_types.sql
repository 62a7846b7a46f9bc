-- step: what the keys of a sync's records are: 1 true or false, 2 whole numbers, 3 numbers, 4 text
-- inputs: _cdp.ledger
-- outputs: one row, a column per key
select
{{- range $i, $c := .KeyColumns}}{{sep $i ","}}
  coalesce(max(case json_type(l."key", {{lit $c.Path}}) when 'BOOLEAN' then 1 when 'UBIGINT' then 2 when 'BIGINT' then 2 when 'DOUBLE' then 3 else 4 end), 4) as {{ident $c.Column}}
{{- end}}
from {{rel .Ledger}} l
where l."sync" = {{bind .Sync}}
