{{define "plain"}}
{{- if eq .Kind "text"}}{{ident .Alias .Column}}
{{- else if eq .Kind "decimal"}}rtrim(rtrim(cast({{ident .Alias .Column}} as varchar), '0'), '.')
{{- else if eq .Kind "double"}}regexp_replace(cast(case when {{ident .Alias .Column}} = 0 then 0 else {{ident .Alias .Column}} end as varchar), '\.0$', '')
{{- else}}cast({{ident .Alias .Column}} as varchar)
{{- end}}{{end}}
{{define "json"}}
{{- if .Plain}}{{template "plain" .}}{{else}}cast(to_json({{template "plain" .}}) as varchar){{end}}{{end}}
{{define "text"}}
{{- if eq .Kind "text"}}{{ident .Alias .Column}}
{{- else if eq .Kind "integer"}}cast({{ident .Alias .Column}} as varchar) || '.'
{{- else if eq .Kind "decimal"}}rtrim(cast({{ident .Alias .Column}} as varchar), '0')
{{- else if eq .Kind "double"}}regexp_replace(cast(case when {{ident .Alias .Column}} = 0 then 0 else {{ident .Alias .Column}} end as varchar), '\.0$', '.')
{{- else}}cast({{ident .Alias .Column}} as varchar)
{{- end}}{{end}}
{{define "piece"}}{{lit .Mark}}, {{if .Measured}}length({{template "text" .}}), ':', {{end}}{{template "text" .}}{{end}}
{{define "digest"}}case when {{ident .Alias .Column}} is null then '~~~~~~~~~~~~~~~~' else substr(md5({{lit .Salt}} || {{template "text" .}}), 1, 16) end{{end}}
{{define "has"}}(strpos({{ident .Held}}, {{lit .Entry}} || {{template "digest" .}} || '"') > 0){{end}}
{{define "heldout"}}exists (
      select 1 from {{rel .Segments}} h
      where h.{{ident .ID}} = s.{{ident .ID}}
        and h."segment" in ({{range $i, $h := .Holdouts}}{{sep $i ", "}}{{lit $h}}{{end}})
        and h."holdout"
    ){{end}}
{{define "source"}}
{{- if eq .From "segment"}}
  select p.*
  from {{rel .Profiles}} p
  join {{rel .Segments}} s on s.{{ident .ID}} = p.{{ident .ID}}
  where s."segment" = {{lit .Segment}}{{if .NoHoldout}}
    and not {{template "heldout" .}}{{end}}
{{- else}}
  select p.* from {{rel .Profiles}} p
{{- end}}
{{- end}}
{{define "mapping"}}
select
  {{if .ID}}cast({{ident "p" .ID}} as varchar){{else}}cast(null as varchar){{end}} as "customer_id"
{{- range .Columns}},
  {{if .Nested}}to_json({{fragment .SQL}}){{else}}cast(({{fragment .SQL}}) as {{type .Type}}){{end}} as {{ident .Column}}
{{- end}}
from ({{template "source" .}}
) p
{{- if .Where.Value}}
where coalesce(({{fragment .Where}}), false)
{{- end}}
{{- end}}
{{define "valid"}}
  select v.*
  from {{rel .Wanted}} v
  where v."problem" is null
{{- if .Duplicates}}
  {{- if .Newest}}
    and not exists (select 1 from {{rel .Losers}} d where d."id" = v."id" and d."customer_id" = v."customer_id")
  {{- else}}
    and not exists (select 1 from {{rel .Doubles}} d where d."id" = v."id")
  {{- end}}
{{- end}}
{{- end}}
{{define "other"}}{{if .Persons}}(coalesce(substr(l."held", 1, 1) = {{lit .OtherMark}}, false) or coalesce(l."owner" <> w."customer_id", false)){{else}}false{{end}}{{end}}
