# Where records come from. Each stream becomes a table: source.shop.orders is raw_shop.orders.

source "file" "shop" {
  # No cursor: each load makes the table equal to the file. A row that is gone is marked as deleted, and forgotten by
  # everything that follows. If the file turns empty, a guard stops the run.
  stream "customers" {
    path        = "data/customers.csv"
    primary_key = ["id"]
    columns     = { phone = "varchar" } # types are found in the file and kept; this one is pinned
  }

  # With a cursor only new and changed files are read. Columns may be added, types may not change on their own.
  stream "orders" {
    path        = "data/orders/*.csv"
    primary_key = ["order_id"]
    cursor      = "updated_at"
    contract    = { columns = "evolve", types = "freeze" }
  }
}

source "file" "newsletter" {
  stream "subscribers" {
    path        = "data/newsletter.csv"
    primary_key = ["email"]
  }
}

source "file" "desk" {
  stream "tickets" {
    path        = "data/tickets.jsonl"
    primary_key = ["id"]
    columns     = { opened_at = "timestamp" }
  }
}

# SQL is written as SQL. The reference is the dependency, and a safely quoted name.
model "open_tickets" {
  sql = <<-SQL
    select id, email, phone, opened_at, subject
    from ${source.desk.tickets}
    where status = 'open'
  SQL
}
