package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/model"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// newHost prepares the host of connector processes: what they print goes to the log, without secrets.
func newHost(p *Project) *host.Host {
	return host.New(host.Options{
		Redact:  p.config.Secrets,
		Env:     []string{fmt.Sprintf("%s=%o", UserMaskVariable, p.opts.UserMask)},
		TempDir: os.TempDir(),
		Output: func(connector, line string) {
			p.opts.Log.Debug("connector output", "connector", connector, "line", line)
		},
	})
}

// prepare makes everything ready that a command needs of the connectors. Where it finds a mistake it looks for all others
// as well: people mend them together.
func (p *Project) prepare(ctx context.Context) diag.Diagnostics {
	ds := p.ready(ctx)
	if ctx.Err() != nil { // connectors that were stopped have no mistakes to tell
		return interrupted("")
	}
	if ds.HasErrors() && p.an != nil {
		ds = append(ds, p.compiles(ctx)...).Sort()
	}
	return ds
}

// ready asks the connectors for their specs, decodes their arguments, and lets them look at their settings. All of it
// works offline.
func (p *Project) ready(ctx context.Context) diag.Diagnostics {
	analyzer := make(chan error, 1)
	go func() { analyzer <- p.foresee(ctx) }() // while connectors start and answer
	defer phase(p.opts.Listener, PhaseDone)
	specs, ds := p.specs(ctx)
	ds = append(ds, p.config.Decode(specs)...)
	p.pool.host.Redact(p.config.Secrets...) // what only the specs know to be secret
	ds = append(ds, p.validateConnectors(ctx, specs)...)
	if err := <-analyzer; err != nil {
		return p.Explain(err)
	}
	return ds
}

// foresee starts the analyzer of SQL and lets it parse what it will be asked about.
func (p *Project) foresee(ctx context.Context) error {
	an, err := duckdb.NewAnalyzer(ctx)
	if err != nil {
		return err
	}
	p.an = an
	f, ok := an.(warehouse.Foresighted)
	if !ok {
		return nil
	}
	var queries []warehouse.Query
	selects, expressions := p.config.Texts()
	for _, s := range selects {
		queries = append(queries, warehouse.Query{Text: s.Render(model.Relation), Select: true})
	}
	for _, s := range expressions {
		queries = append(queries, warehouse.Query{Text: s.Render(addr.Address.String)})
	}
	f.Foresee(ctx, queries)
	return nil
}

// used are the connectors the project uses, with a block each to blame.
func (p *Project) used() map[string]*diag.Range {
	out := map[string]*diag.Range{}
	use := func(name string, at *diag.Range) {
		if _, err := p.pool.command(name); err == nil { // else config has said so
			out[name] = at
		}
	}
	for _, s := range p.config.Sources {
		use(s.Connector, &s.ConnectorRange)
	}
	for _, d := range p.config.Destinations {
		use(d.Connector, &d.ConnectorRange)
	}
	return out
}

// specs starts every connector used, side by side, and asks what it takes. One that cannot say has no entry.
func (p *Project) specs(ctx context.Context) (map[string]schema.Spec, diag.Diagnostics) {
	specs := map[string]schema.Spec{}
	var ds diag.Diagnostics
	var mu sync.Mutex
	var wg sync.WaitGroup
	used := p.used()
	waiting := slices.Sorted(maps.Keys(used))
	p.asking(waiting...)
	for name, at := range used {
		wg.Go(func() {
			c, err := p.pool.get(ctx, name)
			var spec schema.Spec
			if err == nil {
				spec, err = c.Spec(ctx)
			}
			mu.Lock()
			defer mu.Unlock()
			waiting = slices.DeleteFunc(waiting, func(one string) bool { return one == name })
			p.asking(waiting...)
			if err != nil {
				ds = append(ds, p.unasked(name, err, at))
				return
			}
			specs[name] = spec
		})
	}
	wg.Wait()
	return specs, ds
}

// asking says which connectors have not answered yet: one that never does holds everything up.
func (p *Project) asking(names ...string) {
	if len(names) > 0 {
		phase(p.opts.Listener, "Waiting for connector "+strings.Join(names, ", "))
	}
}

// unasked tells of a connector that says nothing. An executable of the user's own is where required_connectors says.
func (p *Project) unasked(name string, err error, at *diag.Range) diag.Diagnostic {
	own, ok := p.config.Settings.Connectors[name]
	if !ok || own.Path == "" {
		return died("The connector could not be asked", name, err, at)
	}
	d := died("The connector could not be asked", name, err, &own.Range)
	d.Detail += fmt.Sprintf(" It is %s. Build it, or mend the path; the file must be executable.", own.Path)
	return d
}

// died tells of a connector process that failed.
func died(summary, name string, err error, at *diag.Range) diag.Diagnostic {
	var death *host.Death
	if errors.As(err, &death) {
		detail := fmt.Sprintf("Connector %q %s.", name, death.Cause)
		if death.Output != "" {
			detail += " It said: " + strings.TrimSpace(death.Output)
		}
		return diag.NewError("connector.died", summary, detail, at)
	}
	return diag.NewError("connector.failed", summary, fmt.Sprintf("Connector %q: %s.", name, err), at)
}

// validateConnectors lets every connector look at the settings of its blocks.
func (p *Project) validateConnectors(ctx context.Context, specs map[string]schema.Spec) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, s := range p.config.Sources {
		if spec, ok := specs[s.Connector]; !ok || spec.Source == nil {
			continue
		}
		v, more := p.ask(ctx, "source", s.Connector, s.Addr, s.Call, &s.ConnectorRange)
		ds = append(ds, more...)
		for _, info := range v.Streams {
			p.streams[s.Addr.String()+"."+info.Name] = info
		}
	}
	for _, d := range p.config.Destinations {
		if spec, ok := specs[d.Connector]; !ok || spec.Destination == nil {
			continue
		}
		call := d.Call
		call.Objects = nil
		var asked []string
		for _, s := range p.config.Syncs {
			if s.Destination.Addr != d.Addr || p.config.Broken(s.Addr) && (s.Object == "" || len(s.Key) == 0 || p.config.Open(s.Addr)) {
				continue
			}
			req := wire.ObjectRequest{Name: s.Object}
			for _, m := range s.Key {
				req.Key = append(req.Key, m.Name)
			}
			for _, m := range slices.Concat(s.Fields, s.OnLeave.Update) {
				if !slices.Contains(req.Fields, m.Name) {
					req.Fields = append(req.Fields, m.Name)
				}
			}
			call.Objects = append(call.Objects, req)
			asked = append(asked, s.Addr.String())
		}
		v, more := p.ask(ctx, "destination", d.Connector, d.Addr, call, &d.ConnectorRange)
		ds = append(ds, more...)
		for i := range v.Objects {
			for j, sync := range asked {
				if call.Objects[j].Name == v.Objects[i].Name {
					p.objects[sync] = &v.Objects[i]
				}
			}
		}
	}
	return ds
}

func (p *Project) ask(ctx context.Context, role, connector string, a addr.Address, call wire.Call, at *diag.Range) (wire.Validation, diag.Diagnostics) {
	p.asking(connector)
	c, err := p.pool.get(ctx, connector)
	if err != nil {
		return wire.Validation{}, one(died("The connector could not be asked", connector, err, at))
	}
	call.Address = a.String()
	v, err := c.Validate(ctx, role, call)
	broken := p.broken(a)
	if err != nil && broken {
		return v, nil // it was not given what could not be read
	}
	if err != nil {
		return v, one(died("The connector could not check its settings", connector, err, at).About(a.String()))
	}
	var ds diag.Diagnostics
	for _, problem := range v.Problems {
		if broken && !p.certain(a, problem) {
			continue
		}
		ds = append(ds, p.problem(a, problem, at))
	}
	return v, ds
}

// broken reports whether a source, one of its streams or a destination was not read in full.
func (p *Project) broken(a addr.Address) bool {
	for _, s := range p.config.Sources {
		for _, stream := range s.Streams {
			if s.Addr == a && p.config.Broken(stream.Addr) {
				return true
			}
		}
	}
	return p.config.Broken(a)
}

// certain reports whether a problem is one although parts of the block could not be read: a program that does not parse,
// an object that only a sync names.
func (p *Project) certain(a addr.Address, w wire.Problem) bool {
	if w.Offset >= 0 && strings.HasPrefix(w.Summary, "Invalid") {
		return true
	}
	return len(w.Path) == 2 && w.Path[0] == "object" && !p.declares(a, w.Path[1]) && !p.config.Open(a)
}

// problem puts what a connector says of an argument at the argument's line.
func (p *Project) problem(a addr.Address, w wire.Problem, fallback *diag.Range) diag.Diagnostic {
	d := diag.NewError("connector.settings", w.Summary, w.Detail, p.place(a, w, fallback)).About(a.String())
	if w.Warning {
		d.Severity = diag.Warning
	}
	return d
}

// declares reports whether a destination has an object block of that name: a problem with it is the destination's own.
func (p *Project) declares(a addr.Address, object string) bool {
	d := p.config.Destination(a)
	return d != nil && slices.Contains(d.Declared, object)
}

// place finds the line of a problem. A problem with an object that a sync asks for is the sync's.
func (p *Project) place(a addr.Address, w wire.Problem, fallback *diag.Range) *diag.Range {
	if len(w.Path) >= 2 && w.Path[0] == "object" && !p.declares(a, w.Path[1]) {
		for _, s := range p.config.Syncs {
			if s.Destination.Addr != a || s.Object != w.Path[1] {
				continue
			}
			name := "object"
			if len(w.Path) > 2 {
				name = w.Path[2]
			}
			if r, ok := s.Ranges[name]; ok {
				return &r
			}
			return &s.Range
		}
	}
	if r, ok := p.config.ArgRangeAt(a.String(), w.Path, w.Offset); ok {
		return &r
	}
	return fallback
}
