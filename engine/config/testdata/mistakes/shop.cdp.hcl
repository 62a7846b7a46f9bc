cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "tool" "shop" {
  stream "customers" {
    path        = "c.csv"
    primary_key = 7 # ERROR: `primary_key` is a list of texts, not the number 7
    mode        = "ful_refresh" # ERROR: Did you mean "full_refresh"?
    lag         = "1 month" # ERROR: has no fixed length
    columns     = { zip = "varchr", n = 3 } # ERROR: "varchr" is not a type | n in `columns` is the name of a type
    contract    = { columns = "evolv", type = "freeze" } # ERROR: Did you mean "evolve"? | A contract has no "type"
    pathh       = "x" # ERROR: takes no argument "pathh". Did you mean "path"?
    guard { max_reject_ratio = 1.5 } # ERROR: is a ratio between 0 and 1, not the number 1.5
  }
  stream "orders" {
    path = 12
    guard { max_churn = 0.1 } # ERROR: takes no argument "max_churn"
    nothing {} # ERROR: takes no block "nothing"
  }
  stream "Orders" { path = "x" } # ERROR: Duplicate name
  stream "nopath" {} # ERROR: Stream "nopath" of source "shop" needs the argument `path`
  timeout = ["1s"] # ERROR: `timeout`: string required
  auth    = { bearre = "x", basic = { user = "me" } } # ERROR: Did you mean "bearer"?
}
identity "customer" {
  identifier "email" { normalize = "emial" } # ERROR: Did you mean "email"?
  identifier "phone" { region = "'US'" } # ERROR: `region` is for phone numbers
  identifier "Email" {} # ERROR: Duplicate name
  input "customers" {
    stream      = source.shop.customer # ERROR: has no stream "customer". Did you mean "customers"?
    identifiers = { emial = "email", phone = ["a", 7] } # ERROR: declares no identifier "emial". Did you mean "email"?
    attributes  = { customer_id = "id", city = "" } # ERROR: id's own column | has no SQL in it
    trust       = 101 # ERROR: `trust` is between 0 and 100, not 101
  }
  input "orders" {
    stream      = segment.vips # ERROR: `stream` is a reference to a stream or a model, as in source.shop.orders, not segment.vips
    occurred_at = source.shop.orders # ERROR: is an expression over columns, so it can not name source.shop.orders
  }
  rule "r" { on = ["phone", "fone"] } # ERROR: declares no identifier "fone". Did you mean "phone"?
  attribute "town" {} # ERROR: No input of identity.customer gives an attribute "town"
  attribute "city" { prefer = ["customer"] } # ERROR: has no input "customer". Did you mean "customers"?
  attribute_group "g" { attributes = ["city"] } # ERROR: is chosen by attribute "city" already
  attribute "phone" { pick = "sql" } # ERROR: Attribute "phone" needs the argument `sql`
  ids { survivor = "newest" } # ERROR: `survivor` is one of oldest, largest, not "newest"
}
trait "customer_id" { # ERROR: The profile of identity.customer has a column "customer_id" already
  of = identity.customer
  input  = "order" # ERROR: has no input "order". Did you mean "orders"?
  value  = "count(*)"
  window = "30 dais" # ERROR: "30 dais" is not a length of time
  defualt = 0 # ERROR: takes no argument "defualt". Did you mean "default"?
}
trait "none" { of = identity.custmer } # ERROR: Did you mean "customer"? | needs either `input` and `value`
trait "both" {
  of    = identity.customer
  sql   = "1"
  value = "count(*)" # ERROR: `sql` computes from the profile's columns, so `value` has nothing
  default = [1] # ERROR: `default` is a text, a number, true or false, not a list
}
segment "vips" {
  of      = identity.customer
  exclude = [segment.vips] # ERROR: segment.vips (main.cdp.hcl line 62)
  holdout = 5 # ERROR: `holdout` is between 0 and 1, not 5
  where   = "x = '${var.nothing}'" # ERROR: There is no variable "nothing". Declare it
}
segment "empty" { of = identity.customer } # ERROR: needs `where`, a condition over the profile
segment "vips" { of = identity.customer } # ERROR: There is a segment "vips" already, on line 60
segment "a" {
  of      = identity.customer
  include = [segment.b] # ERROR: segment.a needs segment.b (main.cdp.hcl line 70); segment.b needs segment.a (main.cdp.hcl line 74)
}
segment "b" {
  of      = identity.customer
  include = [segment.a]
}
trate "x" {} # ERROR: There is no block "trate". Did you mean "trait"?
destination "tol" "out" {} # ERROR: There is no connector "tol". Did you mean "tool"?
destination "reader" "back" {} # ERROR: Connector "reader" reads only
destination "tool" "crm" {
  object "contacts" {
    key = "email" # ERROR: list of string required, not the text "email"
    operation "upsert" {
      method = "PSOT" # ERROR: `method` is one of POST, PUT, not "PSOT". Did you mean "POST"?
      batch  = { max_record = 1 } # ERROR: has no key "max_record". Did you mean "max_records"?
      verb   = "x" # WARNING: `verb` is deprecated. Use method.
      ok     = [200, "many"] # ERROR: `ok[1]`: a number is required, not the text "many"
    }
    operation "delete" {} # ERROR: Operation "delete" needs the argument `method`
  }
  object "empty" { key = [] } # ERROR: needs a block `operation`
  object { key = [] } # ERROR: Here it is written: object "name" | needs a block `operation`
}
sync "x" { # ERROR: needs the argument `destination` | it must say what happens to a record
  segment = segment.vip # ERROR: There is no segment "vip". Did you mean "vips"?
  from    = segment.vips # ERROR: Write `segment` or `from`, not both
  object  = "" # ERROR: `object` is empty
  mode    = "mirror"
  key     = { email = "email", email = "e" } # ERROR: `key` has "email" twice
  fields  = { email = "email", ltv = true } # ERROR: "email" is in `key` already
  null    = { ltw = "clear", ltv = "cleer" } # ERROR: Did you mean "ltv"? | Did you mean "clear"?
  hash    = { emial = "meta" } # ERROR: `hash` names "emial", which the sync does not send
}
sync "y" {
  from        = destination.crm # ERROR: `from` is a reference to a segment, a model or an identity, as in segment.vips, not destination.crm
  destination = segment.vips # ERROR: not segment.vips
  object      = segment.vips # ERROR: `object` is a plain value, not a reference to segment.vips
  mode        = "mirrored" # ERROR: not "mirrored". Did you mean "mirror"?
  on_leave    = "removed" # ERROR: Did you mean "remove"?
  key         = {} # ERROR: `key` has at least one name
  each        = "run"
  guard { max_remove_ratio = "x" } # ERROR: is a ratio between 0 and 1, not the text "x"
}
sync "z" {
  segment     = segment.vips
  destination = destination.crm
  object      = "contacts"
  mode        = "upsert" # ERROR: never takes a record out
  on_leave    = "delete"
  each        = "run" # ERROR: `each` is for mode = "append"
  key         = { email = "email" }
  schedule    = "0 * * *" # ERROR: has 4 parts; a schedule has five
  retry       = { rejected = "never" } # ERROR: "retry" is a block: retry { … }, without the equals sign
}
sync "w" {
  segment     = segment.vips
  destination = destination.crm
  object      = "contacts"
  mode        = "mirror"
  on_leave    = { update = { status = "'left'", email = "''" } } # ERROR: `on_leave` updates "email", which is in `key`
  key         = { email = "email" }
}
