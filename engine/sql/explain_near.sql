-- step: find texts that look like one that is not there
-- inputs: a table and the column that was meant
-- outputs: candidates: as long, and beginning alike
select distinct {{ident "t" .Column}} as "candidate"
from {{rel .From}} t
where length({{ident "t" .Column}}) between {{lit .Shortest}} and {{lit .Longest}}
  and {{ident "t" .Column}} like {{bind .Like}}
{{- range .Match}}
  and {{ident "t" .Column}} = {{bind .Value}}
{{- end}}
order by "candidate"
limit {{lit .Most}}
