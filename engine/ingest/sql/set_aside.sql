-- step: set aside rows without a whole key, and rows the contract refuses
-- inputs: what arrived
-- outputs: rows of work."<stream>.rejects"
insert into {{rel .Rejects}}
select
  {{lit "record "}} || cast(s.{{ident .SeqColumn}} + 1 as varchar),
  {{if .AsideColumn}}{{lit .AsideColumn}}{{else}}null{{end}},
  {{lit .AsideCode}},
  {{lit .AsideReason}},
  {{key .AsideRecord "r"}},
  {{if and .AsideMisfit .Key}}{{key .KeyColumns "s"}}{{else}}null{{end}}
from (select * from {{rel .Parsed}} where {{template "_aside" .}}) s
join {{rel .In}} r on r.{{ident .SeqColumn}} = s.{{ident .SeqColumn}}
