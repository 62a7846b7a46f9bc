-- step: values of an identifier that is compared byte by byte; placeholders are marked
-- inputs: work."<identity>.raw"
-- outputs: work."<identity>.values.<column>"
create or replace table {{rel .Out}} as
select
  v."rid",
  v."value",
  lower(v."word") in ({{template "words" .Words}})
    or (v."first" between '0' and '9' and replace(v."word", v."first", '') = '' and (v."first" = '0' or length(v."word") >= {{lit .Repeated}})) as "blocked"
from (
  select r."rid", r.{{ident .Column}} as "value", trim(r.{{ident .Column}}) as "word", substr(trim(r.{{ident .Column}}), 1, 1) as "first"
  from {{rel .Raw}} r
  where trim(r.{{ident .Column}}) <> ''
) v
