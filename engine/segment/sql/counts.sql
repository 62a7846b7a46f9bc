-- step: count members, entered and left of every segment
-- inputs: work."<identity>.segment_members", deltas, the memberships before
-- outputs: one row per segment
{{- range $i, $s := .Segments}}
{{- if $i}}
union all
{{- end}}
select
  {{lit $s.Name}} as "segment",
  (select count(*) from {{rel $.Members}} m where m."segment" = {{lit $s.Name}}) as "members",
  (select count(*) from {{rel $s.Insert}} i) as "entered",
  (select count(*) from {{rel $s.Delete}} d) as "left",
  (select count(*) from {{rel $.Table.Was}} w where w."segment" = {{lit $s.Name}}) as "before",
  (select count(*) from {{rel $s.Sides}} i) as "sides"
{{- end}}
