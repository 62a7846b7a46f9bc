-- step: the values that a rule with a condition compares
-- inputs: work."<identity>.values"
-- outputs: work."<identity>.keys.<rule>"
create or replace table {{rel .Out}} as
select v."rid", v."value"
from {{rel .Values}} v
where v."identifier" = {{lit (index .On 0)}} and not v."blocked"
