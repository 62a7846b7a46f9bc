-- step: put the next ids of their anchors in place
-- inputs: work."<identity>.next"
-- outputs: work."<identity>.fresh"
insert into {{rel .Fresh}} ("label", "id")
select n."label", n."id" from {{rel .Next}} n
