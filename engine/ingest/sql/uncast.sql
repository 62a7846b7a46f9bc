-- step: count values that would not print back the same in the types pinned now
-- inputs: was."<table>", in the types it has
-- outputs: one row: per column its values, and those that do not cast exactly
select
{{- range $i, $c := .Recast}}{{sep $i ","}}
  coalesce(sum(case when {{ident .Name}} is null then 0 else 1 end), 0),
  coalesce(sum(case when {{ident .Name}} is null or coalesce(
{{- if and .Text .Numeric}}
    case when {{ident .Name}} like '%.%' then rtrim(rtrim({{ident .Name}}, '0'), '.') else {{ident .Name}} end
    = case when cast(try_cast({{ident .Name}} as {{type .Type}}) as varchar) like '%.%' then rtrim(rtrim(cast(try_cast({{ident .Name}} as {{type .Type}}) as varchar), '0'), '.')
           else cast(try_cast({{ident .Name}} as {{type .Type}}) as varchar) end
{{- else if and .Text .Temporal}}
    replace(replace({{ident .Name}}, 'T', ' '), 'Z', '') = replace(cast(try_cast({{ident .Name}} as {{type .Type}}) as varchar), '+00', '')
    or {{ident .Name}} = cast(try_cast({{ident .Name}} as {{type .Type}}) as varchar)
{{- else}}
    cast(try_cast({{ident .Name}} as {{type .Type}}) as {{type .From}}) = {{ident .Name}}
{{- end}}, false) then 0 else 1 end), 0)
{{- end}}
from {{rel .Was}}
