-- step: the values of one column that will be hashed, once each
-- inputs: work."<sync>.mapped"
-- outputs: one row per value
select distinct {{ident .Column}} as "value"
from {{rel .Mapped}}
where {{ident .Column}} is not null
