package plan

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/graph"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/model"
	"github.com/cdp-engine/cdp/engine/profile"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Known is what is known offline: what connectors say of the streams and objects they were asked for, and the columns of
// tables from earlier loads.
type Known struct {
	Config   *config.Config
	Analyzer warehouse.Analyzer
	Streams  map[string]schema.Stream   // by stream address
	Objects  map[string]*schema.Object  // by sync address
	Columns  map[string][]schema.Column // of raw tables, by stream address
}

// Compiled is every block compiled, by address.
type Compiled struct {
	Streams    map[string]*ingest.Spec
	Models     map[string]*model.Spec
	Identities map[string]*identity.Spec
	Profiles   map[string]*profile.Spec // by identity
	Segments   map[string]*segment.Spec
	Syncs      map[string]*activation.Spec
	Catalog    schema.Catalog // columns of streams, models and profiles, as far as they are known
}

// compiler compiles blocks in the order of the chain. A block may be compiled again once more columns are known.
type compiler struct {
	from Known
	out  *Compiled
	mu   sync.Mutex                          // of out, where blocks are compiled side by side
	all  bool                                // nothing is planned: blocks with mistakes are gone over as well
	lost map[addr.Address][]schema.Column    // of Check, by identity
	an   map[addr.Address]warehouse.Analyzer // of Check, by identity
}

func newCompiler(k Known) *compiler {
	return &compiler{from: k, out: &Compiled{
		Streams: map[string]*ingest.Spec{}, Models: map[string]*model.Spec{}, Identities: map[string]*identity.Spec{},
		Profiles: map[string]*profile.Spec{}, Segments: map[string]*segment.Spec{}, Syncs: map[string]*activation.Spec{}, Catalog: schema.Catalog{},
	}}
}

// Check compiles everything with what is known and reports all mistakes at once.
func Check(ctx context.Context, k Known) (*Compiled, diag.Diagnostics) {
	c := newCompiler(k)
	c.all, c.lost, c.an = true, map[addr.Address][]schema.Column{}, map[addr.Address]warehouse.Analyzer{}
	for _, id := range k.Config.Identities {
		c.an[id.Addr] = c.analyzer(id)
	}
	var ds diag.Diagnostics
	for _, s := range k.Config.Sources {
		for _, stream := range s.Streams {
			ds = append(ds, c.stream(ctx, stream)...)
		}
	}
	for _, m := range modelsInOrder(k.Config) {
		ds = append(ds, c.model(ctx, m)...)
	}
	for _, id := range k.Config.Identities {
		ds = append(ds, c.identity(ctx, id)...)
	}
	ds = append(ds, c.traitsAlone(ctx)...)
	ds = append(ds, sideBySide(k.Config.Segments, func(s *config.Segment) diag.Diagnostics { return c.segment(ctx, s) })...)
	ds = append(ds, sideBySide(k.Config.Syncs, func(s *config.Sync) diag.Diagnostics { return c.sync(ctx, s) })...)
	for _, k := range k.Config.Checks {
		_, more := c.check(ctx, k)
		ds = append(ds, more...)
	}
	return c.out, append(ds, unreasoned(k.Config)...)
}

// sideBySide compiles blocks that do not read each other, on all cores. What is told comes in the order of the blocks.
func sideBySide[B any](blocks []B, compile func(B) diag.Diagnostics) diag.Diagnostics {
	told := make([]diag.Diagnostics, len(blocks))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.NumCPU(), len(blocks)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(blocks)); i = next.Add(1) - 1 {
				told[i] = compile(blocks[i])
			}
		})
	}
	wg.Wait()
	return slices.Concat(told...)
}

func (c *compiler) stream(ctx context.Context, s *config.Stream) diag.Diagnostics {
	address := s.Addr.String()
	spec, ds := ingest.Compile(ctx, ingest.Given{Stream: s, Info: c.from.Streams[address], Columns: c.from.Columns[address]}, c.from.Analyzer)
	c.out.Streams[address] = spec
	if s.Lag > 0 && spec.Cursor == "" {
		at := s.Range
		if r, ok := s.Ranges["lag"]; ok {
			at = r
		}
		ds = append(ds, diag.NewError("stream.lag_without_cursor", "Lag without a cursor",
			"`lag` reads again what is a little older than the newest cursor value, so the stream needs cursor = \"<column>\".", &at).About(address))
	}
	ds = c.consequences(ds, s.Addr, s.Source.Addr)
	if len(spec.Columns) > 0 && len(c.from.Columns[address]) > 0 {
		c.out.Catalog[address] = spec.Columns
	}
	return ds
}

func (c *compiler) model(ctx context.Context, m *config.Model) diag.Diagnostics {
	if m.SQL.IsZero() {
		return nil // config has said so
	}
	an := &doubting{Analyzer: c.from.Analyzer}
	spec, ds := model.Compile(ctx, model.Given{Model: m, Columns: c.out.Catalog}, an)
	if c.all { // said once, not for each time a model is compiled
		ds = append(ds, an.warnings(m)...)
	}
	ds = c.consequences(ds, m.Addr)
	c.out.Models[m.Addr.String()] = spec
	if columns := spec.Columns; len(columns) > 0 && !ds.HasErrors() {
		c.out.Catalog[m.Addr.String()] = columns
	}
	return ds
}

// identity compiles an identity together with its profile: attributes and traits.
func (c *compiler) identity(ctx context.Context, id *config.Identity) diag.Diagnostics {
	address := id.Addr.String()
	given := identity.Given{Identity: id, Streams: c.out.Catalog, Keys: map[string][]string{}, Repeats: map[string]bool{}}
	for _, in := range id.Inputs {
		if s := c.out.Streams[in.Stream.Addr.String()]; s != nil {
			given.Keys[s.Address], given.Repeats[s.Address] = s.Key, s.Write == ingest.Append
		}
	}
	an := c.of(id.Addr)
	spec, ds := identity.Compile(ctx, given, an)
	c.out.Identities[address] = spec
	var traits []*config.Trait
	for _, t := range c.from.Config.Traits {
		if t.Of.Addr == id.Addr && !c.from.Config.Broken(t.Addr) {
			traits = append(traits, t)
		}
	}
	records := spec.Records
	if !spec.Complete {
		records = nil
	}
	p, more := profile.Compile(ctx, profile.Given{Identity: id, Traits: traits, Records: records, Streams: c.out.Catalog}, an)
	c.out.Profiles[address] = p
	if c.all {
		c.lost[id.Addr] = lost(c.from.Config, p)
	}
	if p.Complete && spec.Complete {
		c.out.Catalog[address] = p.Table.Columns
	}
	return c.consequences(append(ds, more...), id.Addr)
}

// profileColumns are the columns that segments and syncs of an identity see: values' types may not be known yet, but
// names are.
func (c *compiler) profileColumns(id addr.Address) []schema.Column {
	return append(slices.Clip(c.out.Profiles[id.String()].Table.Columns), c.lost[id]...)
}

func (c *compiler) segment(ctx context.Context, s *config.Segment) diag.Diagnostics {
	id := identityOf(c.from.Config, s.Of.Addr)
	if id == nil {
		return c.alone(ctx, s.Addr, s.Where) // config has said so
	}
	spec, ds := segment.Compile(ctx, segment.Given{Segment: s, Identity: id, Columns: c.profileColumns(id.Addr)}, c.of(id.Addr))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.Segments[s.Addr.String()] = spec
	return c.consequences(ds, s.Addr)
}

func (c *compiler) sync(ctx context.Context, s *config.Sync) diag.Diagnostics {
	columns, an := c.out.Catalog[s.From.Addr.String()], c.from.Analyzer
	if s.Identity != (addr.Address{}) && c.out.Profiles[s.Identity.String()] != nil {
		columns, an = c.profileColumns(s.Identity), c.of(s.Identity)
	}
	spec, ds := activation.Compile(ctx, activation.Given{Sync: s, Object: c.from.Objects[s.Addr.String()], Columns: columns, Phones: phones(identityOf(c.from.Config, s.Identity))}, an)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.Syncs[s.Addr.String()] = spec
	return c.consequences(ds, s.Addr)
}

// phones are the identifiers of an identity that are phone numbers.
func phones(id *config.Identity) []string {
	var out []string
	if id != nil {
		for _, i := range id.Identifiers {
			if i.Normalize == "phone" {
				out = append(out, i.Name)
			}
		}
	}
	return out
}

func identityOf(c *config.Config, a addr.Address) *config.Identity {
	for _, id := range c.Identities {
		if id.Addr == a {
			return id
		}
	}
	return nil
}

// modelsInOrder sorts models so that each comes after those it reads; among those that could come next, the one that is
// declared first. Config has refused circles.
func modelsInOrder(c *config.Config) []*config.Model {
	place := map[addr.Address]int{}
	for i, m := range c.Models {
		place[m.Addr] = i
	}
	g := graph.New(cmp.Compare[int])
	for i, m := range c.Models {
		g.Add(i)
		for _, r := range m.DependsOn {
			if other, isModel := place[r.Addr]; isModel {
				g.Connect(i, other)
			}
		}
	}
	order, err := g.Order()
	if err != nil {
		return c.Models
	}
	out := make([]*config.Model, len(order))
	for i, n := range order {
		out[i] = c.Models[n]
	}
	return out
}
