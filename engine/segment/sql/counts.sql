-- step: count the members of every segment
-- inputs: work."<identity>.membership"
-- outputs: one row, a number per segment in their order
select {{range $i, $name := .Names}}{{if $i}}, {{end}}count(*) filter (where m.{{ident $name}}){{end}}
from {{rel .Membership}} m
