{{define "after"}}
  case
    when x."status" <> 'delivered' then q."held"
    when q."op" in ('remove', 'delete') then null
    else q."wanted"
  end as "held",
  case
    when x."status" <> 'delivered' then q."held_fields"
    when q."op" in ('remove', 'delete') then null
    else q."wanted_fields"
  end as "fields",
  q."op" as "operation", q."wanted",
  case
    when x."status" <> 'delivered' then x."status"
    when q."op" in ('remove', 'delete') or q."wanted_fields" is null then 'removed'
    else 'delivered'
  end as "status",
  x."code", x."message",
  q."attempts" + case when x."status" = 'pending' then 0 else 1 end as "attempts",
  {{bind .Run}} as "last_run", x."at" as "last_at",
{{end}}
{{define "kept"}}{{if eq .Mode "insert"}}o."held"{{else}}coalesce(o."wanted", o."held"){{end}}{{end}}
