-- step: take away new ids that were given out before
-- inputs: work."<identity>.renamed"
-- outputs: work."<identity>.fresh"
delete from {{rel .Fresh}}
where "label" in (select n."label" from {{rel .Renamed}} n)
