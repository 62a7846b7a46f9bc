package activation

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Recovery is what a recovery found.
type Recovery struct {
	Delivered, Rejected, Unknown, Pending int64
	Diagnostics                           diag.Diagnostics
}

// recovered tables in scratch.
var (
	replayedTable  = sqlgen.Relation{Schema: "work", Name: "replayed"}
	recoveredTable = sqlgen.Relation{Schema: "work", Name: "recovered"}
	doubtfulTable  = sqlgen.Relation{Schema: "work", Name: "recovered_runs"}
	recoveredRows  = sqlgen.Relation{Schema: "work", Name: "recovered_rows"}
	recoveredNew   = sqlgen.Relation{Schema: "delta", Name: "recovered"}
	recoveredKeys  = sqlgen.Relation{Schema: "delta", Name: "recovered_keys"}
	recoveredSent  = sqlgen.Relation{Schema: "delta", Name: "recovered_receipts"}
)

// NeedsRecovery reports whether a delivery was under way when an earlier run ended. It changes nothing.
func NeedsRecovery(ctx context.Context, store warehouse.Store, place JournalPlace) (bool, error) {
	runs, err := openRuns(ctx, store)
	if err != nil {
		return false, err
	}
	journals, err := place.journals()
	return len(runs)+len(journals) > 0, err
}

// Recover folds what a killed run left: outcomes in its journal go into the ledger and the receipts, batches that left
// without an outcome are unknown, the rest was not tried. A delivery whose journal is gone or damaged is unknown as a
// whole. The store must not be promoted yet; afterwards it is.
func Recover(ctx context.Context, store warehouse.Store, st *state.State, run state.Run, place JournalPlace) (*Recovery, error) {
	out := &Recovery{}
	runs, err := openRuns(ctx, store)
	if err != nil {
		return nil, err
	}
	journals, err := place.journals()
	if err != nil {
		return nil, err
	}
	if len(runs)+len(journals) == 0 {
		return out, nil
	}
	if len(runs) == 0 { // all of it is in the warehouse
		return out, removeAll(journals)
	}
	if err := foldJournals(ctx, store, st, run, place, runs, out); err != nil {
		return nil, fmt.Errorf("recovering deliveries: %w", err)
	}
	return out, removeAll(journals)
}

func removeAll(paths []string) error {
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing a journal: %w", err)
		}
	}
	return nil
}

// journals are the files of this warehouse's journals.
func (p JournalPlace) journals() ([]string, error) {
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("reading the journal's folder: %w", err)
	}
	var out []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), p.UUID+"-") && strings.HasSuffix(e.Name(), ".journal") {
			out = append(out, filepath.Join(p.Dir, e.Name()))
		}
	}
	slices.Sort(out)
	return out, nil
}

// openRuns are the runs that left operations under way.
func openRuns(ctx context.Context, store warehouse.Store) ([]string, error) {
	if err := store.Declare(ctx, state.Ledger); err != nil {
		return nil, fmt.Errorf("declaring the ledger: %w", err)
	}
	runs, err := statements.Texts(ctx, store, "open", map[string]any{"Ledger": state.Ledger.Was()})
	if err != nil {
		return nil, fmt.Errorf("looking for deliveries under way: %w", err)
	}
	return runs, nil
}

func foldJournals(ctx context.Context, store warehouse.Store, st *state.State, run state.Run, place JournalPlace, runs []string, out *Recovery) error {
	journals := newReplay(place, runs)
	defer journals.Release()
	if _, err := store.Load(ctx, replayedTable, journals); err != nil {
		return err
	}
	for _, r := range journals.ended {
		switch {
		case r.missing:
			out.Diagnostics = append(out.Diagnostics, diag.NewWarning("activation.journal_missing", "Journal of a delivery is missing", fmt.Sprintf("Run %s was delivering when it ended, and its journal in %s is gone. All records it had not accounted for count as unknown and are settled before anything is sent again.", r.run, place.Dir), nil))
		case r.damaged:
			out.Diagnostics = append(out.Diagnostics, diag.NewWarning("activation.journal_damaged", "Journal of a delivery is damaged", fmt.Sprintf("The journal of run %s cannot be read to its end. Records it does not account for count as unknown and are settled before anything is sent again.", r.run), nil))
		}
	}
	if err := load(ctx, store, doubtfulTable, doubtfulSchema, doubtfulBatch(journals.ended)); err != nil {
		return err
	}
	data := map[string]any{
		"Ledger": state.Ledger.Was(), "Replayed": replayedTable, "Recovered": recoveredTable, "Runs": doubtfulTable, "Rows": recoveredRows, "Keys": recoveredKeys,
		"Receipts": recoveredSent, "Ledgered": recoveredNew, "LedgerColumns": state.Ledger.Columns, "Separator": "\x1f",
		"NotSent": notSent, "NotFound": notFound,
	}
	if err := statements.Do(ctx, store, data, "recover_last", "recover_rows", "recover_ledger", "recover_keys", "recover_receipts"); err != nil {
		return err
	}
	if err := countRecovered(ctx, store, data, out); err != nil {
		return err
	}
	if err := store.Promote(ctx); err != nil {
		return err
	}
	deltas := []warehouse.Delta{{Table: state.Ledger, Insert: recoveredNew, Delete: recoveredKeys}, {Table: state.Receipts, Insert: recoveredSent}}
	deltas = append(deltas, st.Commit(run, "_cdp.ledger", state.Ledger.String(), state.Receipts.String())...)
	if err := store.Publish(ctx, warehouse.Publication{Deltas: deltas}); err != nil {
		return err
	}
	return store.Checkpoint(ctx)
}

func countRecovered(ctx context.Context, store warehouse.Store, data map[string]any, out *Recovery) error {
	return statements.Each(ctx, store, "recover_counts", data, func(row warehouse.Row) error {
		n, _ := warehouse.Int(row[1])
		switch warehouse.Text(row[0]) {
		case "delivered", "removed":
			out.Delivered += n
		case "rejected":
			out.Rejected += n
		case "unknown":
			out.Unknown += n
		default:
			out.Pending += n
		}
		return nil
	})
}

func load(ctx context.Context, store warehouse.Store, into sqlgen.Relation, s *arrow.Schema, batch arrow.RecordBatch) error {
	reader, err := array.NewRecordReader(s, []arrow.RecordBatch{batch})
	if err != nil {
		return err
	}
	defer reader.Release()
	_, err = store.Load(ctx, into, reader)
	return err
}

var doubtfulSchema = textSchema("run", "rest")

func textSchema(names ...string) *arrow.Schema {
	fields := make([]arrow.Field, len(names))
	for i, n := range names {
		fields[i] = arrow.Field{Name: n, Type: arrow.BinaryTypes.String, Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func textBatch(s *arrow.Schema, rows func(add func(values ...string))) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, s)
	defer b.Release()
	rows(func(values ...string) {
		for i, v := range values {
			column := b.Field(i).(*array.StringBuilder)
			if v == "" {
				column.AppendNull()
			} else {
				column.Append(v)
			}
		}
	})
	return b.NewRecordBatch()
}

// doubtfulBatch says for each run what records are that its journal does not name.
func doubtfulBatch(runs []replayedRun) arrow.RecordBatch {
	return textBatch(doubtfulSchema, func(add func(...string)) {
		for _, r := range runs {
			rest := pending
			if r.damaged {
				rest = unknown
			}
			add(r.run, rest.String())
		}
	})
}
