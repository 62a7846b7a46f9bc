package engine

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// farewells compiles the syncs that the code says to take out of their tools, from what is stored of them: their
// destination must still be declared, for it is what removes.
func (p *Project) farewells(ctx context.Context, s *session) (map[string]*activation.Spec, diag.Diagnostics) {
	out := map[string]*activation.Spec{}
	var ds diag.Diagnostics
	for _, address := range s.state.Defined() {
		a, err := addr.Parse(address)
		if err != nil || a.Type != "sync" {
			continue
		}
		told := p.config.Destroys(a)
		if _, declared := p.config.Block(a); declared || told == nil {
			continue
		}
		sync, ok := config.StoredSync(a, s.state.Definition(address))
		if !ok {
			continue // written by no cdp there was
		}
		if heir := p.heir(sync); heir != nil {
			ds = append(ds, diag.NewError("removed.taken_over", "Its records are another's now", fmt.Sprintf(
				"%s put its records into %s of %s, where %s puts them as well: taking them out would empty what that one holds. If it is the same sync under another name, say so: moved { from = %s  to = %s }. Else take `destroy` out.",
				address, sync.Object, sync.Destination.Addr, heir.Addr, address, heir.Addr), &told.Range).About(address))
			continue
		}
		to := p.config.Destination(sync.Destination.Addr)
		if to == nil {
			ds = append(ds, diag.NewError("removed.no_destination", "Destination is gone", fmt.Sprintf(
				"The records of %s are in %s, which is no longer declared: nothing can take them out. Keep the destination until this was applied, or take `destroy` out.", address, sync.Destination.Addr), &told.Range).About(address))
			continue
		}
		request := wire.ObjectRequest{Name: sync.Object}
		for _, m := range sync.Key {
			request.Key = append(request.Key, m.Name)
		}
		for _, m := range sync.Fields {
			request.Fields = append(request.Fields, m.Name)
		}
		call := to.Call
		call.Objects = []wire.ObjectRequest{request}
		v, problems := p.ask(ctx, "destination", to.Connector, to.Addr, call, &told.Range)
		if ds = append(ds, problems...); problems.HasErrors() || len(v.Objects) != 1 {
			continue
		}
		spec, problems := activation.Farewell(sync, &v.Objects[0], told.Range)
		ds = append(ds, problems...)
		out[address] = spec
	}
	return out, ds
}

// heir is a declared sync that writes into the same object as one that goes; nil: none.
func (p *Project) heir(gone *config.Sync) *config.Sync {
	for _, s := range p.config.Syncs {
		if s.Destination.Addr == gone.Destination.Addr && s.Object == gone.Object {
			return s
		}
	}
	return nil
}
