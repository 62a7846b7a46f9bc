-- step: of rows with one key keep the newest
-- inputs: work."<identity>.rows"
-- outputs: work."<identity>.newest"
create or replace table {{rel .Out}} as
select {{cols .Columns "n"}}
from (
  select r.*, row_number() over (
    partition by r."input", r."record_key"
    order by r."updated_at" desc nulls last, r."occurred_at" desc nulls last{{range .Columns}}, r.{{ident .}} nulls last{{end}}
  ) as "_nth"
  from {{rel .Rows}} r
) n
where n."_nth" = 1
