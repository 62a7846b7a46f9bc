-- step: make a view of the warehouse
-- inputs: what its SELECT reads, in the warehouse
-- outputs: the view
CREATE OR REPLACE VIEW {{rel .View}} AS
{{fragment .Select}}
