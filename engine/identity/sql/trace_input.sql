-- step: of an input, only the traced records
-- inputs: work."<identity>.input.<input>", work."<identity>.traced"
-- outputs: work."<identity>.traced.<input>" (a view)
create or replace view {{rel .Out}} as
select k.*
from {{rel .View}} k
where k."_cdp_record" in (select t."record_key" from {{rel .Traced}} t where t."input" = {{lit .Input}})
