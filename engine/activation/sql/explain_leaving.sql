-- step: the records of one customer, or of one key, that leave the tool
-- inputs: work."<sync>.operations"
-- outputs: key, customer_id
select o."id" as "key", o."customer_id"
from {{rel .Operations}} o
where o."action" = 'leave' and {{if .ByKey}}o."id" = {{bind .Of}}{{else}}o."customer_id" = {{bind .Of}}{{end}}
order by o."id"
