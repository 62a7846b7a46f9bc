package main

import (
	"fmt"
	"os"

	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// resolving measures the parts of identity in a process of its own.
func resolving(r *room) error { return r.part("identity") }

const identityProject = `
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "file" "f" {
  stream "people" {
    path        = "people.csv"
    primary_key = ["id"]
  }
}
identity "customer" {
  id_prefix = "cus"
  identifier "email" { normalize = "email" }
  identifier "device" {}
  identifier "phone" {
    normalize = "phone"
    region    = "'FR'"
  }
  input "people" {
    stream      = source.f.people
    identifiers = { email = "email", device = "device", phone = "phone" }
  }
}
`

// peopleTable is n records with 2.2 identifier values each: all have an e-mail (three in ten shared), half a device, seven in
// ten a telephone number, some of them written as people write.
const peopleTable = `create table raw_f.people as
select
  'k' || i as id,
  case when i %% 10 < 3 then 'First.Last' || (hash(i) %% cast(%[1]d / 2 as ubigint)) || case when i %% 20 < 3 then '@gmail.com' else '@shop.example' end
    else 'solo' || i || '@mail.example' end as email,
  case when i %% 2 = 0 then 'd' || (hash(i + 7) %% cast(%[1]d * 2 / 5 as ubigint)) end as device,
  case when i %% 10 < 7 then case when i %% 10 = 0 then '06 ' else '+336' end || (10000000 + hash(i + 3) %% cast(%[1]d * 3 / 4 as ubigint)) end as phone
from range(%[1]d) r(i)`

// measureIdentity resolves all records once and tells the parts by the statements that begin them.
func measureIdentity(r *room) error {
	l, err := newLab(r.ctx, r.dir, identityProject, "create schema raw_f", fmt.Sprintf(peopleTable, r.rows(10_000_000)))
	if err != nil {
		return err
	}
	defer l.close()
	l.stream("source.f.people", column("id", schema.String), column("email", schema.String), column("device", schema.String), column("phone", schema.String))
	spec, err := l.identity()
	if err != nil {
		return err
	}
	result, _, err := identity.Compute(r.ctx, identity.Env{Store: l.store, AsOf: l.asOf, Touched: warehouse.Touched{All: true}}, spec)
	if err != nil {
		return err
	}
	l.store.end()
	if result.Counts.Records == 0 || result.Counts.Profiles == 0 || result.Counts.Profiles >= result.Counts.Records {
		return fmt.Errorf("%d records became %d customers: nobody was joined", result.Counts.Records, result.Counts.Profiles)
	}
	peak := peakMemory()
	t := l.store
	if os.Getenv("BENCH_STEPS") != "" {
		for i, s := range t.steps[:len(t.steps)-1] {
			fmt.Fprintf(os.Stderr, "  %-40s %8.3f s  %8.3f s cpu\n", s.name, t.between(i, i+1).Wall, t.between(i, i+1).CPU)
		}
	}
	return r.tellIdentity(l, peak)
}

// tellIdentity makes figures of the steps.
func (r *room) tellIdentity(l *lab, peak int64) error {
	t := l.store
	last := len(t.steps) - 1
	forms := t.find(0, "identity.emails")
	values := t.find(forms, "identity.values")
	edges := t.find(values, "identity.edges")
	tables := t.find(edges, "identity.first_ids") + 1
	phones := took{}
	if from := t.find(forms, "identity.odd"); from >= 0 {
		phones = t.between(from, values)
	}
	if forms < 0 || values < 0 || edges < 0 || tables <= edges {
		return fmt.Errorf("the steps of identity have other names than the bench knows: %v", names(t.steps))
	}
	edge := t.steps[edges].statement
	yard, err := timed(func() error {
		reader, err := t.Store.Read(r.ctx, edge)
		if err != nil {
			return err
		}
		defer reader.Release()
		for reader.Next() {
		}
		return reader.Err()
	})
	if err != nil {
		return err
	}
	ids := t.between(edges, tables)
	normal := t.between(forms, edges)
	normal.Wall -= phones.Wall
	normal.CPU -= phones.CPU
	both := took{Wall: ids.Wall + normal.Wall, CPU: ids.CPU + normal.CPU}
	r.add(figure{What: "10 M records: normalised values to clusters and ids", Measured: ids, Yard: &yard, MaxRatio: 2})
	r.add(figure{What: "the same with normalising of e-mails and devices", Measured: both, Yard: &yard, MaxRatio: 4})
	r.add(figure{What: "reading records", Measured: t.between(0, forms)})
	r.add(figure{What: "normalising telephone numbers", Measured: phones})
	r.add(figure{What: "writing members and identifiers", Measured: t.between(tables, last)})
	r.add(figure{What: "peak of memory", Bytes: peak, MaxBytes: 4 << 30})
	return nil
}

func names(steps []step) []string {
	var out []string
	for _, s := range steps {
		out = append(out, s.name)
	}
	return out
}
