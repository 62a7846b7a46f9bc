-- step: digest a delta, whatever the order of its rows: the sum of its rows' digests, so that nothing is sorted
-- inputs: one relation of a delta
-- outputs: one row
select cast(coalesce(sum(cast(md5_number_lower("d") as hugeint)), 0) as varchar) || ':' || cast(coalesce(sum(cast(md5_number_upper("d") as hugeint)), 0) as varchar) as "d", count(*) as "n"
from (
  select {{range $i, $c := .Columns}}{{if $i}} || {{end}}case when {{ident $c}} is null then '-' else cast(length(cast({{ident $c}} as varchar)) as varchar) || ':' || cast({{ident $c}} as varchar) end{{end}} as "d"
  from {{rel .Delta}}
) r
