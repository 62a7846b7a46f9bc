-- step: the keys of the operations of a whole set; rows that may have been appended before are not appended again
-- inputs: work."<sync>.queue"
-- outputs: id
select q."id"
from {{rel .Queue}} q
{{- if .Sure}}
where q."prior" is distinct from 'unknown'
{{- end}}
