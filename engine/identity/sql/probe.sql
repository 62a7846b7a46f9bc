-- step: try one expression of an input on all its rows
-- inputs: work."<identity>.input.<input>"
-- outputs: one number
select count(cast(({{fragment .Expr}}) as {{type .Type}})) as "values"
from {{rel .From}} k
