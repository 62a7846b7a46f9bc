package activation

import (
	"context"
	"fmt"
	"time"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Publish writes the operations of a sync into the ledger as pending, before the first request, in one transaction with
// what else belongs to it. The journal must be open: a delivery whose journal is missing after a crash is unknown as a
// whole.
func Publish(ctx context.Context, store warehouse.Store, st *state.State, run state.Run, r *Result, journal *Journal, with ...warehouse.Delta) error {
	spec := r.Spec
	p := warehouse.Publication{Deltas: append([]warehouse.Delta{}, with...)}
	if spec.Moved {
		forgotten := spec.delta("forgotten")
		if err := statements.Do(ctx, store, map[string]any{"Forgotten": forgotten, "Ledger": state.Ledger.Was(), "Sync": spec.Name}, "forgotten"); err != nil {
			return fmt.Errorf("publishing %s: %w", spec.Address, err)
		}
		p.Deltas = append(p.Deltas, warehouse.Delta{Table: state.Ledger, Delete: forgotten})
	}
	if r.Changed() {
		if journal == nil {
			return fmt.Errorf("publishing %s: no journal is open", spec.Address)
		}
		v := newView(spec)
		v.AsOf, v.Run, v.At = run.AsOf, run.ID, now()
		if err := prepare(ctx, store, spec, v); err != nil {
			return fmt.Errorf("publishing %s: %w", spec.Address, err)
		}
		p.Deltas = append(p.Deltas, warehouse.Delta{Table: state.Ledger, Insert: v.Pending, Delete: v.Replaced})
		if r.Adopted > 0 {
			adopted, err := publishAdopted(ctx, store, spec, v)
			if err != nil {
				return fmt.Errorf("publishing %s: %w", spec.Address, err)
			}
			p.Deltas = append(p.Deltas, adopted)
		}
		p.Deltas = append(p.Deltas, st.Commit(run, spec.Address, LedgerTable(spec.Name))...)
	}
	if len(p.Deltas) == 0 {
		return nil
	}
	if err := store.Publish(ctx, p); err != nil {
		return fmt.Errorf("publishing %s: %w", spec.Address, err)
	}
	return nil
}

// LedgerTable names a sync's part of the ledger in _cdp.commits and _cdp.serials: what one sync delivers does not make
// plans of others stale.
func LedgerTable(sync string) string { return state.Ledger.String() + ":" + sync }

// prepare makes the queue of operations and the ledger's rows for them.
func prepare(ctx context.Context, store warehouse.Store, spec *Spec, v *view) error {
	if err := recall(ctx, store, spec); err != nil {
		return err
	}
	v.Columns, v.KeyColumns, v.FieldColumns, v.LeaveColumns = nil, nil, nil, nil
	v.addColumns(spec)
	if err := v.doubles(ctx, store, spec); err != nil {
		return err
	}
	return statements.Do(ctx, store, v, "queue", "publish_rows", "publish_keys")
}

// recall reads the types of the columns from scratch: the plan may have been computed by another process.
func recall(ctx context.Context, store warehouse.Store, spec *Spec) error {
	v := newView(spec)
	if err := recallFrom(ctx, store, v.Types, map[string][]Column{"key.": spec.Key, "field.": spec.Fields}); err != nil {
		return err
	}
	if len(spec.Leave) == 0 {
		return nil
	}
	return recallFrom(ctx, store, v.LeaveValues, map[string][]Column{"field.": spec.Leave})
}

func recallFrom(ctx context.Context, store warehouse.Store, from sqlgen.Relation, lists map[string][]Column) error {
	reader, err := statements.Read(ctx, store, "columns", map[string]any{"From": from})
	if err != nil {
		return err
	}
	defer reader.Release()
	types := map[string]schema.Type{}
	for _, f := range reader.Schema().Fields() {
		c, _ := schema.FromArrowField(f)
		types[f.Name] = c.Type
	}
	for prefix, columns := range lists {
		for i := range columns {
			if t, ok := types[prefix+columns[i].Name]; ok {
				columns[i].Type = t
			}
		}
	}
	return reader.Err()
}

// doubles learns what the computation knew of keys that several rows give.
func (v *view) doubles(ctx context.Context, store warehouse.Store, spec *Spec) error {
	n, err := statements.Number(ctx, store, "doubles_count", v)
	v.Duplicates = n > 0
	v.Newest = v.Duplicates && spec.Sync.OnConflict == "newest"
	return err
}

// now is the wall clock as it is stored.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
