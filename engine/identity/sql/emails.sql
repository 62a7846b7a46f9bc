-- step: normalise e-mail addresses that are plain: letters, digits, dots, hyphens and one @
-- inputs: work."<identity>.raw"
-- outputs: work."<identity>.values.<column>.plain"
create or replace table {{rel .Out}} as
select e."rid", e."local" || '@' || e."domain" as "value", e."local" in ({{template "words" .Words}}) as "blocked"
from (
  select
    d."rid",
    case when d."domain" in ('gmail.com', 'googlemail.com') then replace(d."local", '.', '') else d."local" end as "local",
    case when d."domain" = 'googlemail.com' then 'gmail.com' else d."domain" end as "domain"
  from (
    select r."rid", split_part(lower(r.{{ident .Column}}), '@', 1) as "local", split_part(lower(r.{{ident .Column}}), '@', 2) as "domain"
    from {{rel .Raw}} r
    where {{template "plain" .}}
  ) d
) e
