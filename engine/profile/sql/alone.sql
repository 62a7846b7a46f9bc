-- step: compute one trait over an input alone, to see whether it fails
-- inputs: work."<identity>.input.<input>", <identity>.members
-- outputs: work."<identity>.trial"
create or replace table {{rel .Out}} as
  {{template "scan" .Scan}}
