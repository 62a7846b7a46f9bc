-- step: put the golden values of each customer together
-- inputs: winners, picks, work."<identity>.ranked"
-- outputs: work."<identity>.golden" (a view): one row per touched customer
create or replace view {{rel .Golden}} as
select
  w.{{ident .ID}}
{{- range .Values}},
  {{if .Winner}}w.{{ident .Winner}}.{{ident .Column}}{{else if .From}}{{ident .From}}.{{ident .Column}}{{else}}{{ident .Pick}}."value"{{end}} as {{ident .Name}}
{{- end}}
from {{rel .Winners}} w
{{- range .Picks}}
left join {{rel .Out}} {{ident .Alias}} on {{ident .Alias}}.{{ident $.ID}} = w.{{ident $.ID}}
{{- end}}
{{- range .Takes}}
left join {{rel $.Ranked}} {{ident .Alias}} on {{ident .Alias}}."_rank" = {{ident .Pick}}."score" % 17179869184
{{- end}}
