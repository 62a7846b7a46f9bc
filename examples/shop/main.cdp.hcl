# A small online shop: what it sells lies in files, as an export of a database and of two tools would.
#
#   cdp plan       shows what this folder would do
#   cdp apply      does exactly that
#   cdp query "select * from customer.profiles limit 5"

cdp {
  required_version = ">= 0.1"
  warehouse "duckdb" { path = "shop.duckdb" }
}

# Values that differ from place to place. CDP_VAR_vip_value=800 or --var vip_value=800 override the default.
variable "vip_value" {
  type        = number
  default     = 400
  description = "Euros within a year that make a VIP."
  validation {
    condition     = var.vip_value > 0
    error_message = "The value of a VIP is a positive number of euros."
  }
}
