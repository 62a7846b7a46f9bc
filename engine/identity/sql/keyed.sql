-- step: give every row of an input its record key
-- inputs: the input's stream or model
-- outputs: work."<identity>.input.<input>" (a view)
create or replace view {{rel .Out}} as
{{- if .In.Key}}
select s.*, {{key .In.Key "s"}} as "_cdp_record"
from {{rel .In.From}} s
{{- else}}
select {{cols .In.Columns "h"}}, h."_cdp_hash" || '#' || cast(row_number() over (partition by h."_cdp_hash") as varchar) as "_cdp_record"
from (
  select s.*, md5(coalesce({{key .In.Columns "s"}}, '')) as "_cdp_hash"
  from {{rel .In.From}} s
) h
{{- end}}
