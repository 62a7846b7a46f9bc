cdp {
  required_version = ">= 0.1, < 1.0"
  parallelism      = 2
  warehouse "duckdb" { path = "shop.duckdb" }
  plan {
    expires   = "12h"
    tolerance = 0.1
  }
}

variable "token" {
  type      = string
  sensitive = true
}
variable "countries" {
  type    = map(number)
  default = { de = 1, fr = 2 }
  validation {
    condition     = length(var.countries) > 0
    error_message = "At least one country."
  }
}
variable "limits" {
  type    = object({ days = optional(number, 30), name = string })
  default = { name = "x" }
}

locals {
  input  = source.app.orders
  window = "${local.days} days"
  days   = var.limits.days
}

source "tool" "app" {
  url  = "https://app.example.com"
  auth = { bearer = var.token }
  dynamic "stream" {
    for_each = toset(["users", "orders"])
    labels   = [stream.key]
    content {
      path        = "data/${stream.key}.csv"
      primary_key = ["id"]
      cursor      = "updated_at"
      lag         = "90 minutes"
      columns     = { zip = "varchar", total = "decimal(18, 2)" }
      contract    = { types = "discard_row" }
      filter      = "status <> 'test'"
      guard {
        max_age      = "2 days"
        empty_result = false
      }
    }
  }
}

source "tool" "country" {
  for_each = var.countries
  url      = "https://${each.key}.example.com/?n=${each.value}"
  auth     = { basic = { user = "me", password = "pass_canary_3" } }
  headers  = { X-Key = env("API_KEY") }
  stream "orders" { path = "/abs/orders.csv" }
}

model "all_orders" {
  sql = <<-SQL
    -- every order there is
    %{for country in keys(var.countries)}select * from ${source.country[country].orders} union all %{endfor}
    select *   from ${local.input}
  SQL
}

identity "customer" {
  id_prefix = "cus"
  identifier "user_id" { unique = true }
  identifier "email" { normalize = "email" }
  identifier "phone" {
    normalize = "phone"
    region    = "coalesce(country, 'FR')"
  }
  input "users" {
    stream      = source.app.users
    identifiers = { user_id = "id", email = ["email", "email_2"], phone = "mobile" }
    attributes  = { first_name = "trim(first_name)", city = "city", street = "street", nickname = "nick" }
    updated_at  = "updated_at"
    deleted     = "is_deleted"
    trust       = 90
  }
  input "orders" {
    stream      = model.all_orders
    identifiers = { email = "customer_email" }
    occurred_at = "ordered_at"
    creates     = false
  }
  rule "user" { on = ["user_id"] }
  rule "both" {
    on    = ["email", "phone"]
    where = "l.city = r.city"
  }
  attribute "first_name" { prefer = ["users"] }
  attribute "email" { pick = "most_frequent" }
  attribute "nickname" { sql = "max_by(value, updated_at)" }
  attribute_group "address" {
    attributes = ["street", "city"]
    pick       = "most_recent"
  }
  assert "few" { condition = "max(records) < 100" }
  ids { survivor = "largest" }
  guard {
    max_churn = 0.1
    reason    = "small shop"
  }
}

trait "lifetime_value" {
  of      = identity.customer
  input   = "orders"
  value   = "sum(total)"
  window  = local.window
  default = 0.50
}
trait "orders" {
  for_each = { year = "1 year", month = "1 month" }
  of       = identity.customer
  input    = "orders"
  value    = "count(*)"
  window   = each.value
}
trait "named" {
  of      = identity.customer
  sql     = "first_name is not null"
  default = "it's"
}

segment "big" {
  of    = identity.customer
  where = "lifetime_value > ${var.limits.days * 10}"
}
segment "country" {
  for_each = toset(keys(var.countries))
  of       = identity.customer
  where    = "country = '${each.key}'"
}
segment "chosen" {
  of      = identity.customer
  include = values(segment.country)
  exclude = [segment.big, segment.country["fr"]]
  holdout = 0.05
}

destination "tool" "crm" {
  url      = "https://crm.example.com"
  auth     = { bearer = "literal_canary_4" }
  purposes = ["email"]
  allow    = ["email"]
  object "contacts" {
    key = ["email"]
    operation "upsert" {
      method = "POST"
      body   = "{contacts: [.records[] | .key + .fields]}"
      batch  = { max_records = 100 }
      ok     = [200, 201]
    }
  }
}

sync "crm" {
  segment     = segment.chosen
  destination = destination.crm
  object      = "contacts"
  mode        = "mirror"
  on_leave    = { update = { status = "'left'" } }
  key         = { email = "email" }
  fields      = { status = "'here'", ltv = "round(lifetime_value, 2)" }
  on_null     = "clear"
  null        = { ltv = "skip" }
  hash        = { email = "meta" }
  where       = "email is not null"
  schedule    = "0 * * * *"
  retry { rejected = "never" }
  guard {
    max_remove_ratio = 0.1
    max_remove       = 5000
    floor            = 3
  }
}
sync "report" {
  for_each    = toset(["a", "b"])
  from        = each.key == "a" ? model.all_orders : identity.customer
  destination = destination.crm
  object      = "report_${each.key}"
  mode        = "append"
  each        = "run"
  key         = merge({ id = "id" }, {})
}
