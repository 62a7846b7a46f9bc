-- step: map rows to keys and fields, before hashing
-- inputs: what the sync reads
-- outputs: work."<sync>.mapped"
create or replace table {{rel .Mapped}} as
{{template "mapping" .}}
