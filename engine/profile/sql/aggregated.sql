-- step: compute one attribute by the user's aggregate
-- inputs: work."<identity>.ranked"
-- outputs: work."<identity>.pick.<attribute>"
create or replace table {{rel .Pick.Out}} as
select
  v."_customer" as {{ident .ID}},
  {{fragment .Pick.SQL}} as "value"
from (
  select r.{{ident .ID}} as "_customer", r.{{ident .Pick.Column}} as "value", r."updated_at", r."input", r."trust"
  from {{rel .Ranked}} r
) v
group by v."_customer"
