-- step: show a view as its new SELECT has it
-- inputs: what the SELECT reads
-- outputs: view now.<table>
CREATE OR REPLACE VIEW {{rel .View}} AS
{{fragment .Select}}
