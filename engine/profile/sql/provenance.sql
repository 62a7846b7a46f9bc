-- step: note which record each golden value came from
-- inputs: winners, picks, work."<identity>.ranked"
-- outputs: work."<identity>.provenance"
create or replace table {{rel .Provenance}} as
{{- range $i, $a := .Origins}}
{{- if $i}}
union all
{{- end}}
{{- if $a.Winner}}
select
  w.{{ident $.ID}},
  {{lit $a.Name}} as "attribute",
  w.{{ident $a.Winner}}."input" as "input",
  w.{{ident $a.Winner}}."record_key" as "record_key",
  w.{{ident $a.Winner}}."updated_at" as "updated_at",
  {{lit $a.Rule}} as "pick"
from {{rel $.Winners}} w
where w.{{ident $a.Winner}}.{{ident $a.Column}} is not null
{{- else}}
select
  r.{{ident $.ID}},
  {{lit $a.Name}} as "attribute",
  r."input",
  r."record_key",
  r."updated_at",
  {{lit $a.Rule}} as "pick"
from {{rel $a.Scores}} s
join {{rel $.Ranked}} r on r."_rank" = s."score" % 17179869184
where r.{{ident $a.Column}} is not null
{{- end}}
{{- else}}
select r.{{ident .ID}}, r."input" as "attribute", r."input", r."record_key", r."updated_at", r."input" as "pick"
from {{rel .Records}} r
where false
{{- end}}
