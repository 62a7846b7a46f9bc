-- step: note which record each golden value came from
-- inputs: winners, picks, work."<identity>.ranked"
-- outputs: work."<identity>.provenance"
create or replace table {{rel .Provenance}} as
{{- range $i, $a := .Origins}}
{{- if $i}}
union all
{{- end}}
select
  r.{{ident $.ID}},
  {{lit $a.Name}} as "attribute",
  r."input",
  r."record_key",
  r."updated_at",
  {{lit $a.Rule}} as "pick"
from {{rel $a.Scores}} s
join {{rel $.Ranked}} r on r."_rank" = s.{{ident $a.Score}} % 17179869184
where r.{{ident $a.Column}} is not null
{{- end}}
