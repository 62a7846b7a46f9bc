-- step: take each golden value from its winning record
-- inputs: winners, picks, work."<identity>.ranked"
-- outputs: work."<identity>.golden": one row per touched customer
create or replace table {{rel .Golden}} as
select
  w.{{ident .ID}}
{{- range .Values}},
  {{if .From}}{{ident .From}}.{{ident .Column}}{{else}}{{ident .Pick}}."value"{{end}} as {{ident .Name}}
{{- end}}
from {{rel .Winners}} w
{{- range .Picks}}
left join {{rel .Out}} {{ident .Alias}} on {{ident .Alias}}.{{ident $.ID}} = w.{{ident $.ID}}
{{- end}}
{{- range .Takes}}
left join {{rel $.Ranked}} {{ident .Alias}} on {{ident .Alias}}."_rank" = {{if .Pick}}{{ident .Pick}}."score"{{else}}w.{{ident .Score}}{{end}} % 17179869184
{{- end}}
