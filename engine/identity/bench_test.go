package identity

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// people is n records with 2.2 identifier values each: all have an e-mail (three in ten shared), half a device, seven in ten a
// telephone number.
const people = `create table raw_f.people as
select
  'k' || i as id,
  case when i %% 10 < 3 then 'First.Last' || (hash(i) %% cast(%[1]d / 2 as ubigint)) || case when i %% 20 < 3 then '@gmail.com' else '@shop.example' end
    else 'solo' || i || '@mail.example' end as email,
  case when i %% 2 = 0 then 'd' || (hash(i + 7) %% cast(%[1]d * 2 / 5 as ubigint)) end as device,
  case when i %% 10 < 7 then '+336' || (10000000 + hash(i + 3) %% cast(%[1]d * 3 / 4 as ubigint)) end as phone
from range(%[1]d) r(i)`

// BenchmarkResolve prints how long each part takes beside the edge query alone. CDP_BENCH_RECORDS sets the size.
func BenchmarkResolve(b *testing.B) {
	n := 200_000
	if text := os.Getenv("CDP_BENCH_RECORDS"); text != "" {
		n, _ = strconv.Atoi(text)
	}
	for b.Loop() {
		resolveOnce(b, n)
	}
}

func expression(text string) config.SQL {
	return config.SQL{Parts: []config.Part{{Text: text, Exact: true}}}
}

func benchIdentity() *config.Identity {
	in := &config.Input{Name: "people", Stream: config.Ref{Addr: addr.Address{Type: "source", Name: "f", Member: "people"}}, Creates: true}
	for _, name := range []string{"email", "device", "phone"} {
		in.Identifiers = append(in.Identifiers, config.InputColumn{Name: name, Exprs: []config.SQL{expression(name)}})
	}
	return &config.Identity{
		Block: config.Block{Addr: addr.Address{Type: "identity", Name: "customer"}}, IDPrefix: "cus",
		Identifiers: []*config.Identifier{{Name: "email", Normalize: "email"}, {Name: "device"}, {Name: "phone", Normalize: "phone", Region: expression("'FR'")}},
		Inputs:      []*config.Input{in},
	}
}

func resolveOnce(b *testing.B, n int) {
	ctx := context.Background()
	dir, scratch := b.TempDir(), ""
	if os.Getenv("CDP_BENCH_DISK") != "" {
		scratch = dir + "/scratch.duckdb"
	}
	s, err := duckdb.Open(ctx, duckdb.Options{Path: dir + "/w.duckdb", Scratch: scratch, MemoryLimit: 3 << 30})
	check(b, err)
	defer s.Close()
	for _, sql := range []string{"create schema raw_f", fmt.Sprintf(people, n)} {
		_, err := s.Run(ctx, sqlgen.Statement{Name: "people", SQL: sql})
		check(b, err)
	}
	an, err := duckdb.NewAnalyzer(ctx)
	check(b, err)
	defer an.Close()
	text := schema.Type{Kind: schema.String}
	spec, diags := Compile(ctx, Given{Identity: benchIdentity(), Keys: map[string][]string{"source.f.people": {"id"}}, Streams: schema.Catalog{
		"source.f.people": {{Name: "id", Type: text}, {Name: "email", Type: text}, {Name: "device", Type: text}, {Name: "phone", Type: text}}}}, an)
	if diags.HasErrors() {
		b.Fatal(diags)
	}
	c := newComputation(ctx, Env{Store: s, AsOf: time.Now(), Touched: warehouse.Touched{All: true}}, spec)
	took := func(name string, fn func() error) time.Duration {
		at := time.Now()
		check(b, fn())
		d := time.Since(at)
		b.ReportMetric(d.Seconds(), name+"-s")
		return d
	}
	took("begin", c.begin)
	read := took("read", c.read)
	forms := map[string]time.Duration{}
	var parts []valuePart
	for i, id := range spec.Identifiers {
		forms[id.Name] = took(id.Name, func() error {
			more, err := c.identifier(i)
			parts = append(parts, more...)
			return err
		})
	}
	took("values", func() error { _, err := c.run("values", map[string]any{"Parts": parts}); return err })
	edges := took("edges", func() error {
		return c.batches("edges", map[string]any{"On": c.plain()}, func(arrow.RecordBatch) error { return nil })
	})
	link := took("link", c.link)
	name := took("name", c.name)
	took("tables", c.tables)
	took("judge", c.judge)
	took("stage", func() error { return s.Stage(ctx, c.result.Deltas...) })
	b.ReportMetric((link+name).Seconds()/edges.Seconds(), "ids/edges")
	b.ReportMetric((read+forms["email"]+link+name).Seconds()/edges.Seconds(), "email+ids/edges")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.HeapSys)/1e6, "goheap-MB")
	status, _ := os.ReadFile("/proc/self/status")
	b.Log(peak(string(status)))
}

func peak(status string) string {
	for i := range len(status) - 6 {
		if status[i:i+6] == "VmHWM:" {
			return status[i : i+24]
		}
	}
	return ""
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
