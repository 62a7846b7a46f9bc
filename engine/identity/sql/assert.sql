-- step: judge an assert
-- inputs: work."<identity>.customers"
-- outputs: one boolean; null when it cannot be told
select cast(({{fragment .Condition}}) as boolean) as "holds"
from {{rel .Customers}}
