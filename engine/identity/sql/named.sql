-- step: clusters that have an id from before
-- inputs: work."<identity>.kept", work."<identity>.decided"
-- outputs: label
select cast(k."label" as integer) as "label" from {{rel .Kept}} k
union all
select cast(d."label" as integer) from {{rel .Decided}} d
