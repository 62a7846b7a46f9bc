-- step: read how many records disputed clusters have
-- inputs: work."<identity>.labels", work."<identity>.disputed"
-- outputs: label, records
select l."label", count(*) as "records"
from {{rel .Labels}} l
join {{rel .Disputed}} d on d."label" = l."label"
group by l."label"
