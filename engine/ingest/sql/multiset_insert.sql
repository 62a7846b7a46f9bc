-- step: rows to write into a table without key
-- inputs: work."<stream>.kept", was."<table>", work."<stream>.changes"
-- outputs: delta."<stream>+"
create or replace table {{rel .Insert}} as
select {{cols .Match}}{{range .Gone}}, cast(null as {{type .Type}}) as {{ident .Name}}{{end}}, cast(null as timestamp) as "_cdp_deleted_at"
from (
  select n.*, c."_cdp_new" - c."_cdp_old" as "_cdp_wanted", row_number() over (partition by {{cols .Match "n"}} order by n.{{ident .SeqColumn}}) as "_cdp_rank"
  from {{rel .Kept}} n
  join {{rel .Changes}} c on {{same .Match "c" "n"}}
  where c."_cdp_new" > c."_cdp_old"
) a
where a."_cdp_rank" <= a."_cdp_wanted"
{{- if .Absent}}
union all
select {{cols .Match}}{{range .Gone}}, {{ident .Name}}{{end}}, case when b."_cdp_rank" > b."_cdp_wanted" then {{as_of}} end
from (
  select w.*, c."_cdp_new" as "_cdp_wanted", row_number() over (partition by {{cols .Match "w"}} order by w.{{ident .ScopeColumn}}{{range .Gone}}, w.{{ident .Name}}{{end}}) as "_cdp_rank"
  from {{rel .Was}} w
  join {{rel .Changes}} c on {{same .Match "c" "w"}}
  where c."_cdp_new" < c."_cdp_old" and w."_cdp_deleted_at" is null
) b
{{- if .Hard}}
where b."_cdp_rank" <= b."_cdp_wanted"
{{- end}}
{{- end}}
