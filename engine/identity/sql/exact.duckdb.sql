-- step: values of an identifier that is compared byte by byte; placeholders are marked
-- inputs: work."<identity>.raw"
-- outputs: work."<identity>.values.<column>"
create or replace table {{rel .Out}} as
select
  v."rid",
  v."value",
  lower(v."word") in ({{template "words" .Words}})
    or regexp_full_match(v."word", '0+|1{6,}|2{6,}|3{6,}|4{6,}|5{6,}|6{6,}|7{6,}|8{6,}|9{6,}') as "blocked"
from (
  select r."rid", r.{{ident .Column}} as "value", trim(r.{{ident .Column}}, e' \t\r\n') as "word"
  from {{rel .Raw}} r
  where r.{{ident .Column}} is not null
) v
where v."word" <> ''
