{{- if .Any}}true
{{- else if and .Text .Temporal}}try_cast(s.{{ident .Name}} as {{type .Type}}) is not null
{{- else if and .Text .Numeric}}coalesce(case when s.{{ident .Name}} like '%.%' then rtrim(rtrim(s.{{ident .Name}}, '0'), '.') else s.{{ident .Name}} end
    = case when cast(try_cast(s.{{ident .Name}} as {{type .Type}}) as varchar) like '%.%' then rtrim(rtrim(cast(try_cast(s.{{ident .Name}} as {{type .Type}}) as varchar), '0'), '.')
           else cast(try_cast(s.{{ident .Name}} as {{type .Type}}) as varchar) end
    {{- if .Double}} or lower(s.{{ident .Name}}) like '%e%' and try_cast(s.{{ident .Name}} as {{type .Type}}) is not null{{end}}, false)
{{- else}}coalesce(cast(try_cast(s.{{ident .Name}} as {{type .Type}}) as {{type .From}}) = s.{{ident .Name}}, false)
{{- end -}}
