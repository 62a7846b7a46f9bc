-- step: name the records to trace: all of some customers
-- inputs: <identity>.members
-- outputs: work."<identity>.traced"
create or replace table {{rel .Traced}} as
select m."input", m."record_key"
from {{rel .Members.Was}} m
where m.{{ident .ID}} in ({{range $i, $c := .Customers}}{{sep $i ", "}}{{lit $c}}{{end}})
