-- step: what conditions give for one row
-- inputs: profiles or a model
-- outputs: a boolean each, null where a value is missing
select
{{- range $i, $c := .Conditions}}{{sep $i ","}}
  ({{fragment $c.SQL}}) as {{ident $c.Name}}
{{- end}}
from {{rel .From}} p
where {{ident "p" .ID}} = {{bind .Customer}}
