-- step: read the identifier values of the traced records
-- inputs: work."<identity>.values"
-- outputs: rid, identifier, value, blocked
select v."rid", v."identifier", v."value", v."blocked"
from {{rel .Values}} v
order by v."rid", v."identifier", v."value"
