# Sets of customers. A `where` sees attributes, traits and identifiers of the profile.

segment "staff" {
  of    = identity.customer
  where = "email like '%@corner-shop.example'"
}

segment "vip" {
  of      = identity.customer
  where   = "value_365d >= ${var.vip_value}"
  exclude = [segment.staff]
}

segment "vip_at_risk" {
  of      = identity.customer
  where   = "value_365d >= ${var.vip_value} and days_since_order > 60"
  exclude = [segment.staff]
  holdout = 0.05 # the same five in a hundred are never contacted, to see what contacting is worth
}

segment "newsletter" {
  of      = identity.customer
  where   = "newsletter and open_tickets = 0"
  exclude = [segment.staff]
}
