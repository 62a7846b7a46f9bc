-- step: count the records of the largest customer
-- inputs: work."<identity>.records"
-- outputs: one number
select coalesce(max(g."n"), 0) as "largest"
from (select count(*) as "n" from {{rel .Records}} r where r.{{ident .ID}} is not null group by r.{{ident .ID}}) g
