-- step: pairs of records that share a value and meet a rule's condition, either way round
-- inputs: work."<identity>.keys.<rule>", work."<identity>.cleaned"
-- outputs: work."<identity>.pairs.<rule>"
create or replace table {{rel .Out}} as
select p."rid", p."other", min(p."value") as "value"
from (
  select least(a."rid", b."rid") as "rid", greatest(a."rid", b."rid") as "other", a."value"
  from {{rel .Keys}} a
  join (
    select k."value" from {{rel .Keys}} k group by k."value" having count(*) between 2 and {{lit .Cap}}
  ) s on s."value" = a."value"
  join {{rel .Keys}} b on b."value" = a."value" and b."rid" <> a."rid"
  join (select c."rid" as "_cdp_rid"{{range .Sides}}, c.{{ident .Column}} as {{ident .Name}}{{end}} from {{rel .Cleaned}} c) l on l."_cdp_rid" = a."rid"
  join (select c."rid" as "_cdp_rid"{{range .Sides}}, c.{{ident .Column}} as {{ident .Name}}{{end}} from {{rel .Cleaned}} c) r on r."_cdp_rid" = b."rid"
  where ({{fragment .Where}})
) p
group by p."rid", p."other"
