# Where people go. A sync keeps a tool equal to a segment: only what differs is sent, and every record is answered for.

destination "file" "mailing" { dir = "out/mailing" }
destination "file" "ads" { dir = "out/ads" }

sync "newsletter" {
  segment     = segment.newsletter
  destination = destination.mailing
  object      = "newsletter.csv"
  mode        = "mirror"
  on_leave    = "remove"
  key         = { email = "email" }
  fields      = { first_name = "first_name", city = "city", orders = "orders_90d" }
}

sync "win_back" {
  segment     = segment.vip_at_risk
  destination = destination.mailing
  object      = "win_back.csv"
  mode        = "mirror"
  on_leave    = "remove"
  key         = { email = "email" }
  fields      = { first_name = "first_name", days = "days_since_order" }
  where       = "email is not null"

  guard {
    max_remove_ratio = 0.5
    reason           = "People come back: half of them leaving in a day is what we hope for."
  }
}

sync "vip_ads" {
  segment     = segment.vip
  destination = destination.ads
  object      = "vip.jsonl"
  mode        = "mirror"
  on_leave    = "remove"
  key         = { email_sha256 = "email" }
  hash        = { email_sha256 = "google.email" } # the tool's own normal form, then SHA-256
  fields      = { value = "round(value_365d, 2)" }
  where       = "email is not null"
}
