# Facts computed over a customer's records. Traits over one stream are computed in one scan.

trait "lifetime_value" {
  of      = identity.customer
  input   = "orders"
  value   = "sum(total)"
  where   = "status = 'paid'"
  default = 0
}

trait "value_365d" {
  of      = identity.customer
  input   = "orders"
  value   = "sum(total)"
  where   = "status = 'paid'"
  window  = "365 days" # back from as_of, the run's declared clock; never from today's
  default = 0
}

trait "orders_90d" {
  of      = identity.customer
  input   = "orders"
  value   = "count(*)"
  window  = "90 days"
  default = 0
}

trait "last_order_at" {
  of    = identity.customer
  input = "orders"
  value = "max(ordered_at)"
}

trait "open_tickets" {
  of      = identity.customer
  input   = "tickets"
  value   = "count(*)"
  where   = "status = 'open'"
  default = 0
}

# A trait may also be SQL over the profile itself.
trait "days_since_order" {
  of  = identity.customer
  sql = "date_diff('day', last_order_at, as_of)"
}
