-- step: compute the model
-- inputs: view work."<model>.select"
-- outputs: work."<model>.new"
create or replace table {{rel .New}} as
select {{range $i, $c := .Columns}}{{sep $i ", "}}cast({{ident $c.Name}} as {{type $c.Type}}) as {{ident $c.Name}}{{end}}
from {{rel .Select}}
