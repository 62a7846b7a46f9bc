package main

import (
	"fmt"
	"os"

	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/profile"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// counting measures traits and segments in a process of its own.
func counting(r *room) error { return r.part("traits") }

const traitsProject = `
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "file" "f" {
  stream "people" {
    path        = "people.csv"
    primary_key = ["id"]
  }
  stream "orders" {
    path        = "orders.csv"
    primary_key = ["order_id"]
  }
}
identity "customer" {
  identifier "user" { unique = true }
  input "people" {
    stream      = source.f.people
    identifiers = { user = "id" }
    attributes  = { name = "name" }
  }
  input "orders" {
    stream      = source.f.orders
    identifiers = { user = "customer_id" }
    occurred_at = "ordered_at"
    creates     = false
  }
}
trait "value" {
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
  window  = "365 days"
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
trait "largest" {
  of    = identity.customer
  input = "orders"
  value = "max(total)"
}
segment "vip" {
  of    = identity.customer
  where = "value_365d > 2000"
}
segment "at_risk" {
  of    = identity.customer
  where = "value > 3000 and last_order_at < as_of - interval 60 days"
}
segment "active" {
  of    = identity.customer
  where = "orders_90d >= 2"
}
segment "big" {
  of    = identity.customer
  where = "largest > 890"
}
segment "asleep" {
  of    = identity.customer
  where = "orders_90d = 0"
}
`

// traitTables are the raw tables: n orders of n/10 people.
func traitTables(n int) []string {
	return []string{
		"create schema raw_f",
		fmt.Sprintf("create table raw_f.people as select i as id, 'Name' || (i %% 1000) as name from range(%d) r(i)", n/10),
		fmt.Sprintf(`create table raw_f.orders as select i as order_id, cast(hash(i) %% %d as bigint) as customer_id,
			case hash(i + 1) %% 4 when 0 then 'open' else 'paid' end as status, cast(hash(i + 2) %% 90000 / 100 as decimal(12,2)) as total,
			timestamp '2024-01-01' + to_seconds(cast(hash(i + 3) %% 63158400 as bigint)) as ordered_at from range(%d) r(i)`, n/10, n),
	}
}

// byHandSQL is what an engineer would write in one query, who has the customer of each order already.
const byHandSQL = `create table work.hand as
select *, value_365d > 2000 as vip, value > 3000 and last_order_at < timestamp '2026-01-01' - interval 60 days as at_risk,
  orders_90d >= 2 as active, largest > 890 as big, orders_90d = 0 as asleep
from (
  select m.customer_id,
    coalesce(sum(o.total) filter (where o.status = 'paid'), 0) as value,
    coalesce(sum(o.total) filter (where o.status = 'paid' and o.ordered_at > timestamp '2026-01-01' - interval 365 days and o.ordered_at <= timestamp '2026-01-01'), 0) as value_365d,
    count(*) filter (where o.ordered_at > timestamp '2026-01-01' - interval 90 days and o.ordered_at <= timestamp '2026-01-01') as orders_90d,
    max(o.ordered_at) as last_order_at,
    max(o.total) as largest
  from now."customer.members" m
  join raw_f.orders o on m.input = 'orders' and m.record_key = cast(o.order_id as varchar)
  group by m.customer_id
)`

// measureTraits resolves once, then computes profiles and segments.
func measureTraits(r *room) error {
	l, err := newLab(r.ctx, r.dir, traitsProject, traitTables(r.rows(10_000_000))...)
	if err != nil {
		return err
	}
	defer l.close()
	l.stream("source.f.people", column("id", schema.Int64), column("name", schema.String))
	total := schema.Column{Name: "total", Type: schema.Type{Kind: schema.Decimal, Precision: 12, Scale: 2}}
	l.stream("source.f.orders", column("order_id", schema.Int64), column("customer_id", schema.Int64), column("status", schema.String), total, column("ordered_at", schema.Timestamp))
	spec, err := l.identity()
	if err != nil {
		return err
	}
	resolve, err := timed(func() error {
		_, _, err := identity.Compute(r.ctx, identity.Env{Store: l.store, AsOf: l.asOf, Touched: warehouse.Touched{All: true}}, spec)
		return err
	})
	if err != nil {
		return err
	}
	before, err := timed(func() error { return l.sql(byHandSQL) })
	if err != nil {
		return err
	}
	l.store.steps = nil
	traits, segments, err := l.people(spec)
	if err != nil {
		return err
	}
	l.store.end()
	// Of the same run: the difference of two runs would be mostly noise.
	first := l.store.find(0, "profile.winners")
	golden := l.store.between(first, l.store.find(first, "profile.profiles"))
	if os.Getenv("BENCH_STEPS") != "" {
		t := l.store
		for i, s := range t.steps[:len(t.steps)-1] {
			fmt.Fprintf(os.Stderr, "  %-40s %8.3f s  %8.3f s cpu\n", s.name, t.between(i, i+1).Wall, t.between(i, i+1).CPU)
		}
	}
	if err := l.sql("drop table work.hand"); err != nil {
		return err
	}
	after, err := timed(func() error { return l.sql(byHandSQL) })
	if err != nil {
		return err
	}
	yard := mean(before, after)
	all := took{Wall: traits.Wall + segments.Wall, CPU: traits.CPU + segments.CPU}
	r.add(figure{What: "5 traits, 5 segments over 10 M orders, beyond golden values", Measured: took{Wall: all.Wall - golden.Wall, CPU: all.CPU - golden.CPU}, Yard: &yard, MaxRatio: 1.5})
	r.add(figure{What: "golden values of 11 M records, with provenance", Measured: golden})
	r.add(figure{What: "all of it: golden values, traits, segments", Measured: all, Yard: &yard})
	r.add(figure{What: "of it segments with history", Measured: segments})
	r.add(figure{What: "resolving the orders' customers before", Measured: resolve})
	return nil
}

// people computes profiles, then segments.
func (l *lab) people(spec *identity.Spec) (traits, segments took, err error) {
	traits, p, err := l.profiles(spec)
	if err != nil {
		return traits, segments, err
	}
	var specs []*segment.Spec
	for _, s := range l.config.Segments {
		one, ds := segment.Compile(l.ctx, segment.Given{Segment: s, Identity: l.config.Identities[0], Columns: p.Table.Columns}, l.analyzer)
		if err := problems(ds); err != nil {
			return traits, segments, err
		}
		specs = append(specs, one)
	}
	all := warehouse.Touched{All: true}
	segments, err = timed(func() error {
		results, _, err := segment.Compute(l.ctx, segment.Env{Store: l.store, AsOf: l.asOf, Touched: all}, segment.Specs{Identity: l.config.Identities[0], Segments: specs})
		for _, one := range results {
			if one.Members == 0 && err == nil {
				err = fmt.Errorf("%s is empty", one.Spec.Segment.Addr)
			}
		}
		return err
	})
	return traits, segments, err
}

// profiles computes the profiles with their traits.
func (l *lab) profiles(spec *identity.Spec) (took, *profile.Spec, error) {
	p, ds := profile.Compile(l.ctx, profile.Given{Identity: l.config.Identities[0], Traits: l.config.Traits, Records: spec.Records, Streams: l.columns}, l.analyzer)
	if err := problems(ds); err != nil {
		return took{}, nil, err
	}
	cost, err := timed(func() error {
		_, _, err := profile.Compute(l.ctx, profile.Env{Store: l.store, AsOf: l.asOf, Touched: warehouse.Touched{All: true}}, p)
		return err
	})
	return cost, p, err
}
