-- step: take each attribute's value from the record that comes first for it, in one scan
-- inputs: work."<identity>.records"
-- outputs: work."<identity>.winners": one row per touched customer; per attribute the winning record's values, input, key and time
create or replace table {{rel .Winners}} as
select
  r.{{ident .ID}}
{{- range .Scored}},
  arg_min(
    struct_pack({{range .Columns}}{{ident .}} := r.{{ident .}}, {{end}}"input" := r."input", "record_key" := r."record_key", "updated_at" := r."updated_at"),
    struct_pack(
      {{- if .Prefer}}
      "prefer" := case r."input"{{range .Prefer}} when {{lit .Name}} then {{lit .Order}}{{end}} else 0 end,
      {{- end}}
      {{- if .Longest}}
      "longest" := -length(cast(r.{{ident (index .Columns 0)}} as {{type $.Text}})),
      {{- end}}
      "latest" := -epoch_us(r."updated_at"),
      "trust" := -r."trust",
      "declared" := case r."input"{{range $.Inputs}} when {{lit .Name}} then {{lit .Order}}{{end}} end,
      "input" := r."input",
      "record_key" := r."record_key"
    )
  ) filter (where {{range $i, $c := .Columns}}{{if $i}} or {{end}}r.{{ident $c}} is not null{{end}}) as {{ident .Name}}
{{- end}}
from {{rel .Records}} r
where r.{{ident .ID}} is not null
{{- if not .Touched.All}}
  and exists (select 1 from {{rel .Touched.IDs}} t where t.{{ident .ID}} = r.{{ident .ID}})
{{- end}}
group by r.{{ident .ID}}
