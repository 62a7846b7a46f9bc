-- step: the user's SELECT
-- inputs: what it names, live rows
-- outputs: view work."<model>.select"
create or replace view {{rel .Select}} as
{{fragment .SQL}}
