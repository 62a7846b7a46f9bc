package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
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

// prepare asks the connectors for their specs, decodes their arguments, and lets them look at their settings. All of it
// works offline.
func (p *Project) prepare(ctx context.Context) diag.Diagnostics {
	var err error
	if p.an, err = duckdb.NewAnalyzer(ctx); err != nil {
		return p.Explain(err)
	}
	specs, ds := p.specs(ctx)
	if ds.HasErrors() {
		return ds
	}
	if ds = append(ds, p.config.Decode(specs)...); ds.HasErrors() {
		return ds
	}
	p.pool.host.Redact(p.config.Secrets...) // what only the specs know to be secret
	return append(ds, p.validateConnectors(ctx)...)
}

// used are the connectors the project uses, with a block each to blame.
func (p *Project) used() map[string]*diag.Range {
	out := map[string]*diag.Range{}
	for _, s := range p.config.Sources {
		out[s.Connector] = &s.ConnectorRange
	}
	for _, d := range p.config.Destinations {
		out[d.Connector] = &d.ConnectorRange
	}
	return out
}

// specs starts every connector used, side by side, and asks what it takes.
func (p *Project) specs(ctx context.Context) (map[string]schema.Spec, diag.Diagnostics) {
	specs := map[string]schema.Spec{}
	var ds diag.Diagnostics
	var mu sync.Mutex
	var wg sync.WaitGroup
	for name, at := range p.used() {
		wg.Go(func() {
			c, err := p.pool.get(ctx, name)
			var spec schema.Spec
			if err == nil {
				spec, err = c.Spec(ctx)
			}
			mu.Lock()
			defer mu.Unlock()
			specs[name] = spec
			if err != nil {
				ds = append(ds, died("The connector could not be asked", name, err, at))
			}
		})
	}
	wg.Wait()
	return specs, ds
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
func (p *Project) validateConnectors(ctx context.Context) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, s := range p.config.Sources {
		v, more := p.ask(ctx, "source", s.Connector, s.Addr, s.Call, &s.ConnectorRange)
		ds = append(ds, more...)
		for _, info := range v.Streams {
			p.streams[s.Addr.String()+"."+info.Name] = info
		}
	}
	for _, d := range p.config.Destinations {
		call := d.Call
		call.Objects = nil
		var asked []string
		for _, s := range p.config.Syncs {
			if s.Destination.Addr != d.Addr {
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
	c, err := p.pool.get(ctx, connector)
	if err != nil {
		return wire.Validation{}, one(died("The connector could not be asked", connector, err, at))
	}
	call.Address = a.String()
	v, err := c.Validate(ctx, role, call)
	if err != nil {
		return v, one(died("The connector could not check its settings", connector, err, at).About(a.String()))
	}
	var ds diag.Diagnostics
	for _, problem := range v.Problems {
		ds = append(ds, p.problem(a, problem, at))
	}
	return v, ds
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
