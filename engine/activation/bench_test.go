package activation

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// crowd stages n generated people instead of a list.
func (c *cycle) crowd(n int) {
	ctx := context.Background()
	for _, sql := range []string{
		fmt.Sprintf(`create or replace table delta."crowd" as select 'cus_' || lpad(i::varchar, 12, '0') as customer_id,
			'user' || i || '@shop.example' as email, 'Name' || (i %% 1000) as first_name, (i %% 100000)::decimal(18,2) / 100 as ltv from range(%d) t(i)`, n),
		`create or replace table delta."members" as select 'vips' as segment, customer_id, false as holdout from delta."crowd"`,
	} {
		_, err := c.store.Run(ctx, sqlgen.Statement{Name: "crowd", SQL: sql})
		c.must(err)
	}
	c.must(c.store.Stage(ctx, warehouse.Delta{Table: profileTable, Insert: sqlgen.Relation{Schema: "delta", Name: "crowd"}},
		warehouse.Delta{Table: segmentTable, Insert: sqlgen.Relation{Schema: "delta", Name: "members"}}))
}

// TestSpeed is run by hand: CDP_SPEED=100000 rows delivered, CDP_SPEED_PLAN=1000000 rows planned.
func TestSpeed(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("CDP_SPEED"))
	if err != nil {
		t.Skip("CDP_SPEED is not set")
	}
	p := newProject(t)
	p.clock, p.scratch = wallClock{}, p.dir+"/scratch.duckdb"
	p.tool.limit(schema.OpUpsert, 1000)
	ctx := context.Background()
	c := p.begin(ctx)
	c.store = timed{c.store, t}
	c.crowd(n)
	took := func(what string, fn func()) time.Duration {
		began := cpu()
		fn()
		d := cpu() - began
		t.Logf("%-28s %8.3f s", what, d.Seconds())
		return d
	}
	hand := took("hash and join by hand", func() { c.byHand() })
	var r *Result
	first := took("first plan", func() {
		r, _, err = Compute(ctx, Env{Store: c.store, AsOf: c.run.AsOf}, c.spec)
		p.must(err)
	})
	t.Logf("first plan ÷ by hand %.2f", first.Seconds()/hand.Seconds())
	equal(t, r.Counts.Add, int64(n), "add")
	c.result = r
	took("publish", func() { c.publish() })
	sent := took("deliver", func() { c.deliver() })
	t.Logf("%.0f rows/s, %d requests", float64(n)/sent.Seconds(), c.report.Requests)
	equal(t, c.report.Delivered, int64(n), "delivered")
	c.close()

	c = p.begin(ctx)
	defer c.close()
	c.store = timed{c.store, t}
	c.crowd(n)
	took("plan, nothing changed", func() {
		r, _, err = Compute(ctx, Env{Store: c.store, AsOf: c.run.AsOf}, c.spec)
		p.must(err)
	})
	equal(t, r.Operations(), 0, "operations")
}

// timed tells how long each statement took.
type timed struct {
	warehouse.Store
	t testing.TB
}

func (s timed) Run(ctx context.Context, st sqlgen.Statement) (int64, error) {
	began := cpu()
	n, err := s.Store.Run(ctx, st)
	s.t.Logf("    run %-26s %8.3f s", st.Name, (cpu() - began).Seconds())
	return n, err
}

func (s timed) Load(ctx context.Context, into sqlgen.Relation, from array.RecordReader) (int64, error) {
	began := cpu()
	n, err := s.Store.Load(ctx, into, from)
	s.t.Logf("    load %-25s %8.3f s", into.Name, (cpu() - began).Seconds())
	return n, err
}

func (s timed) Publish(ctx context.Context, p warehouse.Publication) error {
	began := cpu()
	err := s.Store.Publish(ctx, p)
	s.t.Logf("    publish %d deltas %22.3f s", len(p.Deltas), (cpu() - began).Seconds())
	return err
}

// cpu is the processor time used so far: what else runs on the machine does not count.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// byHand is what an engineer would write: rows with a hash, joined with a table of hashes.
func (c *cycle) byHand() {
	for _, sql := range []string{
		`create or replace table work."hand" as select p.customer_id, p.email, p.first_name, p.ltv, sha256(p.email || '|' || p.first_name || '|' || p.ltv::varchar) as hash
			from customer.profiles p join customer.segments s on s.customer_id = p.customer_id where s.segment = 'vips'`,
		`create or replace table work."hand_diff" as select coalesce(h.email, l.key) as key, h.customer_id, h.hash, l.held from work."hand" h
			full outer join (select * from was."_cdp.ledger" where sync = 'vips') l on l.key = h.email
			where l.held is distinct from h.hash`,
	} {
		_, err := c.store.Run(c.ctx, sqlgen.Statement{Name: "hand", SQL: sql})
		c.must(err)
	}
}
