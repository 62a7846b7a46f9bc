cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "tool" "shop" {
  stream "orders" { path = "orders.csv" }
}
identity "customer" {
  identifier "email" {}
  input "orders" {
    stream      = source.shop.orders
    identifiers = { email = "email" }
  }
}
segment "best" {
  of    = identity.customer
  where = "true"
}
segment "each" {
  for_each = toset(["a"])
  of       = identity.customer
  where    = "true"
}
moved {
  from = segment.vips
  to   = segment.bets # ERROR: declares no segment.bets. Did you mean "segment.best"?
}
moved {
  from = segment.best # ERROR: segment.best is still in the code, so it has not moved to segment.each["a"]
  to   = segment.each["a"]
}
moved {
  from = segment.one
  to   = segment.two
}
moved {
  from = segment.two
  to   = segment.best
}
moved {
  from = segment.three
  to   = segment.best # ERROR: segment.two moves to segment.best already, on line 35
}
moved {
  from = segment.one # ERROR: segment.one is moved to segment.two already, on line 31
  to   = segment.elsewhere
}
moved {
  from = model.old
  to   = segment.best # ERROR: what is a model stays a model
}
moved {
  from = source.old
  to   = source.shop.orders # ERROR: One of source.old and source.shop.orders is a stream, the other a source
}
moved {
  from = segment.best
  to   = segment.best # ERROR: `from` and `to` are both segment.best
}
moved {
  from = segment.x # ERROR: segment.x comes back to where it was
  to   = segment.y
}
moved {
  from = segment.y # ERROR: segment.y comes back to where it was
  to   = segment.x
}
moved {
  from = "segment.z" # ERROR: is the address of a block, without quotes
  to   = segmnt.best # ERROR: begins with the type of a block, not "segmnt". Did you mean "segment"?
}
moved { # ERROR: Moved needs the argument `to`
  from = segment.best.members
}

removed {
  from    = segment.gone
  destroy = true
}
removed {
  from = segment.gone # ERROR: There is a `removed` of segment.gone already, on line 75
}
removed {
  from    = source.shop # ERROR: source.shop is still in the code
  destroy = "yes"       # ERROR: `destroy` is true or false
}
removed {
  from = segment.one # ERROR: segment.one is now segment.two (line 31 of main.cdp.hcl)
}

import {
  to = segment.best # ERROR: segment.best has nothing in a tool
}
import {
  to = sync.crm # ERROR: The code declares no sync.crm
}

check "fresh" {
  sql      = "select max(at) > as_of from ${source.shop.orders}"
  severity = "fatal" # ERROR: `severity` is one of error, warning, not "fatal"
}
check "fresh" { # ERROR: There is a check "fresh" already, on line 97
  sql = "select true"
}
check "of_segment" {
  sql = "select true from ${segment.best}" # ERROR: segment.best
}

policy "typo" {
  condition = alltrue([for c in plan.changs : true]) # ERROR: changs
  message   = "Nothing."
}
policy "text" {
  condition = plan.counts.remove # ERROR: `condition` is true or false, not a number
  message   = "Nothing."
}
policy "silent" { # ERROR: needs the argument `message`
  condition = plan.counts.remove == 0
}
policy "lost" {
  condition = nothing.at.all # ERROR: nothing is called "nothing" here
  message   = "Nothing."
}
