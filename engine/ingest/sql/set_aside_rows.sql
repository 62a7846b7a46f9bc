-- step: records set aside, as they are kept
-- inputs: work."<stream>.rejects"
-- outputs: view delta."<stream>.rejects"
create or replace view {{rel .Aside}} as
select {{lit .Source}} as "source", {{lit .Stream}} as "stream", "position", "column", "code", "reason", "record"
from {{rel .Rejects}}
