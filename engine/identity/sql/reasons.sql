-- step: say in a line why clusters merged
-- inputs: work."<identity>.links"
-- outputs: work."<identity>.reasons"
create or replace table {{rel .Reasons}} as
select h."label", 'shared '{{range $i, $d := .IdentifierList}} || max(case when h."identifier" = {{lit $i}} then {{lit $d.Name}} || ' ' else '' end){{end}} as "reason"
from {{rel .Links}} h
group by h."label"
