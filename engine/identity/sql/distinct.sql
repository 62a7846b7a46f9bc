-- step: values of an identifier of which a record may have several, each once
-- inputs: work."<identity>.values.<column>"
-- outputs: work."<identity>.values.<identifier>"
create or replace table {{rel .Out}} as
select cast(d."rid" as integer) as "rid", d."value", d."blocked"
from (
{{- range $i, $t := .Parts}}
{{- if $i}}
  union all
{{- end}}
  select p."rid", p."value", p."blocked" from {{rel $t}} p
{{- end}}
) d
group by d."rid", d."value", d."blocked"
