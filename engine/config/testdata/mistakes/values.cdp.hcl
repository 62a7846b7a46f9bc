cdp {
  required_version = "> 1.0" # ERROR: The project needs cdp > 1.0; this is 0.3.1
  warehouse "sqlite" { path = "w.db" } # ERROR: There is no warehouse "sqlite"
  plan { on_moved = "rebas" } # ERROR: Did you mean "rebase"?
  required_connectors {
    mine = { pth = "bin/x" } # ERROR: A required connector has no "pth". Did you mean "path"? | Connector "mine" needs path
    far  = { source = "x/y", version = "1" } # ERROR: Not supported by this version
  }
  backend "s3" {} # ERROR: Not supported by this version
}
cdp {} # ERROR: There is a block `cdp` already, on line 1
variable "a" { # ERROR: var.a has no default, so it needs a value
  type = string
}
variable "b" {
  type    = number
  default = "many" # ERROR: var.b is a number, but its default gives the text "many"
}
variable "c" {
  type = strin # ERROR: Invalid type specification
}
variable "a" {} # ERROR: There is a variable "a" already, on line 12
variable "port" { # ERROR: var.port: A port is above 1023, not 80.
  default = 80
  validation {
    condition     = var.port > 1023
    error_message = "A port is above 1023, not ${var.port}."
  }
}
variable "token" {
  type      = string
  sensitive = true
}
variable "b-2" { defualt = 1 } # ERROR: takes no argument "defualt". Did you mean "default"? | var.b-2 has no default
locals {
  x = local.y # ERROR: local.x → local.y → local.x.
  y = local.x
  z = local.y
  n = local.nothing # ERROR: There is no local "nothing"
  n = 1 # ERROR: The argument "n" was already set at main.cdp.hcl:39
  s = segment.a
  t = upper(null) # ERROR: argument must not be null
  w = timestamp() # ERROR: There is no function named "timestamp"
}
locals {
  n = 2 # ERROR: There is a local "n" already, on line 39
}
source "tool" "s" {
  for_each = ["a"] # ERROR: A list becomes a set with toset([…])
  stream "a" { path = "x" }
}
source "tool" "t" {
  for_each = { a = var.token } # ERROR: for_each must hold no secret
}
source "tool" "u" {
  for_each = { a = local.s } # ERROR: local.s depends on blocks
}
source "tool" "v" {
  for_each = { a = segment.a } # ERROR: segment.a names a block; this is evaluated before blocks are known
}
source "tool" "k" {
  for_each = toset(["fr", "de"])
  url      = each.vlue # ERROR: This object does not have an attribute named "vlue"
  stream "a" { path = var.token }
}
model "m" {
  sql = "select * from ${source.k.a}" # ERROR: source.k has no instance "a". Known: de, fr.
}
model "n" {
  sql = "select * from ${source.k["frr"].a}" # ERROR: source.k has no instance "frr". Did you mean "fr"?
}
model "o" {
  sql = "select * from ${source.k["fr"].b}" # ERROR: source.k["fr"] has no stream "b". Known: a.
}
model "p" {
  sql = "select * from ${source.k["fr"].a.id}" # ERROR: has no parts to name
}
model "q" {
  sql = "select '${var.token}'" # ERROR: var.token is sensitive
}
model "r" {
  sql = "select * from ${segment.a}" # ERROR: name one of segment.a["x"], segment.a["y"]
}
model "t" {
  sql = "select * from ${identity.customer}" # ERROR: A model over profiles is part of the language
}
model "u" {
  sql = null # ERROR: `sql` is SQL, written as a text, not null
}
model "v" {
  sql = <<-SQL
    select *
    from ${source.k["fr"].a}
    where x = '${each.key}' and y = ${local.nope}
  SQL
# ERROR -2: each.key and each.value are there only in a block with for_each | There is no local "nope"
}
model "main x" { sql = "select 1" } # ERROR: "main x" is not a name
model "two" "labels" { sql = "select 1" } # ERROR: Here it is written: model "name" { … }
identity "model" {} # ERROR: "model" is one that cdp or the warehouse needs itself | needs a block `input`
identity "customer" {
  overrides = "x.csv" # ERROR: Not supported by this version
  identifier "email" {
    ttl = "90d" # ERROR: The argument `ttl` is part of the language
    hub = { max_records = 3 } # ERROR: The argument `hub`
    limit = { max = 3 } # ERROR: The argument `limit`
    block = { values = [] } # ERROR: The argument `block`
  }
  input "i" { stream = source.k["fr"].a }
  match "people" {} # ERROR: The block `match`
  conflict "two" { where = "x" } # ERROR: The block `conflict`
}
segment "a" {
  for_each = { x = 1, y = 2 }
  of       = identity.customer
  where    = "x > ${each.value}"
}
segment "a_x" { # ERROR: would have the same name in the warehouse
  of    = identity.customer
  where = mirror # ERROR: Text is written in quotes: "mirror"
}
segment "b" {
  of      = identity.customer
  include = [segment.a] # ERROR: several blocks at once: name one of segment.a["x"], segment.a["y"]
  exclude = segment.a["x"] # ERROR: `exclude` is a list
  where   = segmant.a # ERROR: nothing is called "segmant" here. Did you mean "segment"?
}
segment "c" {
  of    = customer.identity # ERROR: nothing is called "customer" here
  where = "a"
  priority_list = [] # ERROR: Not supported by this version
}
destination "tool" "d" {
  url  = segment.a["x"] # ERROR: `url` is a connector's argument; it can not name segment.a["x"]
  auth = { bearer = env("NOT_SET") } # ERROR: the environment variable NOT_SET is not set
  dynamic "object" {
    for_each = { x = "a" }
    labels   = [object.value]
    content {
      key = ["id"]
      operation "upsert" {
        method = "PUT"
        bdy    = "." # ERROR: takes no argument "bdy". Did you mean "body"?
      }
    }
  }
  dynamic "objekt" { # ERROR: takes no block "objekt". Did you mean "object"?
    for_each = [1]
    content {}
  }
  dynamic "object" { # ERROR: needs `for_each` and a block `content`
    content {}
  }
}
locals {
  unused = 1 / 0 # ERROR: divides by zero
}
model "misspelt" { sql = "select ${uper("x")}" } # ERROR: There is no function named "uper". Did you mean "upper"?
x = 1 # ERROR: "x" stands outside of every block
