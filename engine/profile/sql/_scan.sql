{{define "scan"}}select
    m."_cdp_customer" as {{ident .ID}}
{{- range .Traits}},
    cast({{fragment .Value}} as {{type .Type}}) as {{ident .Name}}
{{- end}}
  from {{rel .Stream}} s
  join (
    select {{ident .ID}} as "_cdp_customer", "record_key" as "_cdp_member"
    from {{rel .Members}}
    where "input" = {{lit .Input}}
{{- if not .Touched.All}}
      and {{ident .ID}} in (select t.{{ident .ID}} from {{rel .Touched.IDs}} t)
{{- end}}
  ) m on m."_cdp_member" = s."_cdp_record"
{{- if .Where.Value}}
  where {{fragment .Where}}
{{- end}}
  group by m."_cdp_customer"{{end}}
