package main

import "strings"

// crmProject is a project of a shop, of whose customers those who fulfil a condition are in a tool. ids: a customer is
// who has an id, under whatever e-mail. sync is more of the sync's lines.
func crmProject(url, where string, ids bool, sync string) string {
	declared, known := "", ""
	if ids {
		declared, known = "\n  identifier \"shop_id\" {}", `shop_id = "id", `
	}
	return strings.NewReplacer("DECLARED", declared, "KNOWN", known, "WHERE", where).Replace(`
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "file" "shop" {
  stream "customers" {
    path        = "customers.csv"
    primary_key = ["id"]
  }
}
identity "customer" {DECLARED
  identifier "email" { normalize = "email" }
  input "customers" {
    stream      = source.shop.customers
    identifiers = { KNOWNemail = "email" }
    attributes  = { spent = "spent" }
  }
}
segment "vips" {
  of    = identity.customer
  where = "WHERE"
}
`) + crm(url) + crmSync(`spent = "spent"`, sync)
}

// crm is the tool of such projects: see type tool.
func crm(url string) string {
	return `destination "http" "crm" {
  base_url      = "` + url + `"
  allow_private = true
  object "contacts" {
    key = ["email"]
    operation "upsert" {
      method     = "POST"
      path       = "/contacts"
      batch      = { max_records = 10 }
      body       = "{contacts: [.records[] | .key + .fields]}"
      idempotent = true
      results    = ".results[] | {key: {email}, status: \"ok\"}"
    }
    operation "remove" {
      method = "DELETE"
      path   = "/contacts/{key.email}"
      ok     = [204, 404]
    }
  }
}
`
}

// crmSync keeps the segment in the tool.
func crmSync(fields, more string) string {
	return `sync "vips_crm" {
  segment     = segment.vips
  destination = destination.crm
  object      = "contacts"
  mode        = "mirror"
  on_leave    = "remove"
  key         = { email = "email" }
  fields      = { ` + fields + ` }` + more + `
}
`
}
