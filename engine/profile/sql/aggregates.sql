-- step: compute all traits over one input in one scan
-- inputs: work."<identity>.input.<input>", <identity>.members
-- outputs: work."<identity>.traits.<n>": one row per customer with records of the input
create or replace table {{rel .Scan.Out}} as
select
  m."_cdp_customer" as {{ident .ID}}
{{- range .Scan.Traits}},
  cast({{fragment .Value}} as {{type .Type}}) as {{ident .Name}}
{{- end}}
from {{rel .Scan.Stream}} s
join (
  select {{ident .ID}} as "_cdp_customer", "record_key" as "_cdp_member"
  from {{rel .Members}}
  where "input" = {{lit .Scan.Input}}
{{- if not .Touched.All}}
    and {{ident .ID}} in (select t.{{ident .ID}} from {{rel .Touched.IDs}} t)
{{- end}}
) m on m."_cdp_member" = s."_cdp_record"
{{- if .Scan.Where.Value}}
where {{fragment .Scan.Where}}
{{- end}}
group by m."_cdp_customer"
