-- step: clusters that keep the one old id they have
-- inputs: work."<identity>.overlap", work."<identity>.disputed"
-- outputs: work."<identity>.kept"
create or replace table {{rel .Kept}} as
select o."label", o."id"
from {{rel .Overlap}} o
where not exists (select 1 from {{rel .Disputed}} d where d."label" = o."label")
