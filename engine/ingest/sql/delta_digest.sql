-- step: digest a delta, whatever the order of its rows
-- inputs: one relation of a delta
-- outputs: the digest of each content, and how often it is there
select "d", count(*) as "n"
from (
  select md5({{range $i, $c := .Columns}}{{if $i}} || {{end}}case when {{ident $c}} is null then '-' else cast(length(cast({{ident $c}} as varchar)) as varchar) || ':' || cast({{ident $c}} as varchar) end{{end}}) as "d"
  from {{rel .Delta}}
) r
group by "d"
order by "d"
