-- step: of records with one key keep the newest by cursor, else the last
-- inputs: rows to keep, work."<stream>.twice"
-- outputs: work."<stream>.winners"
create or replace table {{rel .Winners}} as
select {{cols .Own}}, {{ident .SeqColumn}}
from (
  select s.*, row_number() over (
    partition by {{cols .Key "s"}}
    order by {{if .Cursor}}case when s.{{ident .Cursor}} is null then 1 else 0 end, s.{{ident .Cursor}} desc, {{end}}s.{{ident .SeqColumn}} desc
  ) as "_cdp_rank"
  from (select * from {{rel .Parsed}} where {{template "_keep" .}}) s
  join {{rel .Twice}} t on {{range $i, $k := .Key}}{{sep $i " and "}}t.{{ident $k}} = s.{{ident $k}}{{end}}
) r
where r."_cdp_rank" = 1
