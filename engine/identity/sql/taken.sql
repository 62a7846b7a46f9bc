-- step: new ids that were given out before
-- inputs: work."<identity>.fresh", work."<identity>.old", _cdp.retired_<identity> before
-- outputs: label
select f."label"
from {{rel .Fresh}} f
where exists (select 1 from {{rel .Old}} o where o."id" = f."id")
   or exists (select 1 from {{rel .Retired.Was}} t where t."id" = f."id")
