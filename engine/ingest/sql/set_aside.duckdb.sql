-- step: set aside rows without a whole key, and rows the contract refuses
-- inputs: what arrived
-- outputs: rows of work."<stream>.rejects"
insert into {{rel .Rejects}}
select
  {{lit "record "}} || cast(s.{{ident .SeqColumn}} + 1 as varchar),
  {{if .AsideColumn}}{{lit .AsideColumn}}{{else}}null{{end}},
  {{lit .AsideCode}},
  {{lit .AsideReason}},
  cast(json_object({{range $i, $c := .AsideRecord}}{{sep $i ", "}}{{lit $c.Name}}, r.{{ident $c.Name}}{{end}}) as varchar),
  {{if and .AsideMisfit .Key}}{{key .KeyColumns "s"}}{{else}}null{{end}}
from (select * from {{rel .Parsed}} where {{template "_aside" .}}) s
join {{rel .In}} r on r.{{ident .SeqColumn}} = s.{{ident .SeqColumn}}
