-- step: count what arrived
-- inputs: work."<stream>.in"
-- outputs: one row: rows, filtered out, without a whole key, not fitting
select
  count(*) as "rows",
  coalesce(sum(case when r."wanted" then 0 else 1 end), 0) as "filtered",
  coalesce(sum(case when r."wanted" and r."keyless" then 1 else 0 end), 0) as "keyless",
  coalesce(sum(case when r."wanted" and not r."keyless" and r."misfit" then 1 else 0 end), 0) as "misfit"
from (
  select
    {{if .Filter.Value}}coalesce(({{fragment .Filter}}), false){{else}}true{{end}} as "wanted",
    (false{{range .Key}} or {{ident .}} is null{{end}}) as "keyless",
    {{if .Misfits}}"_cdp_misfit"{{else}}false{{end}} as "misfit"
  from {{rel .Parsed}}
) r
