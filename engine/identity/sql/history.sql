-- step: list what happened to customers
-- inputs: work."<identity>.ids", ended, parted, reasons, losses
-- outputs: delta."<identity>.history+"
create or replace table {{rel .Insert}} as
select h."event", h."id" as {{ident .ID}}, h."other_id", h."reason"
from (
  select 'created' as "event", i."id", p."from_id" as "other_id",
    case when p."from_id" is null then 'new records' else {{template "parting" .}} end as "reason"
  from {{rel .IDs}} i
  left join {{rel .Parted}} p on p."label" = i."label"
  left join {{rel .Losses}} g on g."id" = p."from_id"
  where i."how" = 'created'
  union all
  select 'resurrected', i."id", p."from_id",
    case when p."from_id" is null then 'its records are back' else {{template "parting" .}} end
  from {{rel .IDs}} i
  left join {{rel .Parted}} p on p."label" = i."label"
  left join {{rel .Losses}} g on g."id" = p."from_id"
  where i."how" = 'resurrected'
  union all
  select 'merged', e."id", e."to_id", {{template "joining" .}}
  from {{rel .Ended}} e
  left join {{rel .Reasons}} r on r."label" = e."label"
  left join {{rel .Losses}} g on g."id" = e."id"
  where e."to_id" is not null
  union all
  select 'retired', e."id", cast(null as varchar), 'no record left'
  from {{rel .Ended}} e
  where e."to_id" is null
  union all
  select 'split', p."from_id", p."id", {{template "parting" .}}
  from {{rel .Parted}} p
  left join {{rel .Losses}} g on g."id" = p."from_id"
) h
