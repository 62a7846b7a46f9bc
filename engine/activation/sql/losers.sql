-- step: of the customers that share a key, all but the one with the newest record
-- inputs: work."<sync>.wanted", work."<sync>.doubles", <identity>.provenance
-- outputs: work."<sync>.losers"
create or replace table {{rel .Losers}} as
select r."id", r."customer_id"
from (
  select
    w."id",
    w."customer_id",
    row_number() over (partition by w."id" order by p."at" desc nulls last, w."customer_id") as "place"
  from {{rel .Wanted}} w
  join {{rel .Doubles}} d on d."id" = w."id"
  left join (
    select {{ident .ID}} as "customer_id", max("updated_at") as "at"
    from {{rel .Provenance}}
    group by {{ident .ID}}
  ) p on p."customer_id" = w."customer_id"
  where w."problem" is null
) r
where r."place" > 1
