# Who is who. Records that share an identifier are one customer; the order of identifiers is their priority.

identity "customer" {
  id_prefix = "cus"

  identifier "account_id" { unique = true }  # two different accounts are never one person
  identifier "email" { normalize = "email" } # Ann.Lee@gmail.com is annlee+shop@gmail.com
  identifier "phone" {
    normalize = "phone"
    region    = "country" # (0)20 means another place in GB than in DE
  }
  identifier "device_id" {}

  input "accounts" {
    stream      = source.shop.customers
    identifiers = { account_id = "id", email = "email", phone = "phone" }
    attributes  = { first_name = "first_name", last_name = "last_name", city = "city", country = "country" }
    updated_at  = "updated_at"
  }
  input "orders" {
    stream      = source.shop.orders
    identifiers = { email = "customer_email", device_id = "device_id" }
    occurred_at = "ordered_at" # the event time that windows count by
  }
  input "subscribers" {
    stream      = source.newsletter.subscribers
    identifiers = { email = "email" }
    attributes  = { first_name = "name", newsletter = "subscribed" }
    updated_at  = "changed_at"
  }
  input "tickets" {
    stream      = source.desk.tickets
    identifiers = { email = "email", phone = "phone" }
    occurred_at = "opened_at"
  }

  # Rules are tried in order. Families share a phone: it links two records only if the last names agree.
  rule "same_account" { on = ["account_id"] }
  rule "same_email" { on = ["email"] }
  rule "same_phone" {
    on    = ["phone"]
    where = "l.last_name = r.last_name"
  }
  rule "same_device" { on = ["device_id"] }

  # Which of several values is the golden one.
  attribute "first_name" {
    pick   = "most_frequent"
    prefer = ["accounts"]
  }
  attribute "newsletter" { pick = "most_restrictive" } # one "no" is a no
  attribute_group "place" {
    attributes = ["city", "country"] # from one record together: never Paris in Norway
    pick       = "most_recent"
  }

  guard {
    max_cluster_size = 200
  }
}
