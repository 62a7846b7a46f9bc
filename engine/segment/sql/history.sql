-- step: the events of entering and leaving
-- inputs: who entered, who left
-- outputs: delta."<identity>.segment_history+<segment>" (a view)
create or replace view {{rel .Segment.Events}} as
{{- range $i, $e := .Happened}}
{{- if $i}}
union all
{{- end}}
select "segment", {{ident $.ID}}, {{lit $e.Event}} as "event" from {{rel $e.Of}}
{{- end}}
