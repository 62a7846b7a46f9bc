-- step: count the rows of a table that is made anew, and those the source does not give again
-- inputs: was."<table>" in the columns it has, work."<stream>.kept"
-- outputs: one row
select
  count(*) as "rows",
  coalesce(sum(case when
    {{- if .History}} w."_cdp_valid_to" is not null or{{end}}
    {{- if .Replaced}} false
    {{- else if .Match}} not exists (select 1 from {{rel .Kept}} k where {{range $i, $m := .Match}}{{sep $i " and "}}cast(k.{{ident $m}} as varchar) is not distinct from cast(w.{{ident $m}} as varchar){{end}})
    {{- else}} true
    {{- end}} then 1 else 0 end), 0) as "lost"
from {{rel .Was}} w
{{- if not .History}}
where w."_cdp_deleted_at" is null
{{- end}}
