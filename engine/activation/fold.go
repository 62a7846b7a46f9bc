package activation

import (
	"context"
	"fmt"
	"time"

	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// foldSize is from how many outcomes on a transaction is worth while. While one is under way, or when the last one was
// slow, more outcomes gather: they are safe in the journal.
const foldSize = 5000

// fold brings outcomes into the ledger and the receipts, beside the requests.
func (s *session) fold(all bool) {
	s.mu.Lock()
	for all && s.folding != nil {
		under := s.folding
		s.mu.Unlock()
		<-under
		s.mu.Lock()
	}
	if len(s.outcomes) == 0 || s.folding != nil || (!all && (len(s.outcomes) < foldSize || time.Since(s.folded) < 3*s.took)) {
		s.mu.Unlock()
		return
	}
	outcomes := s.outcomes
	s.outcomes = nil
	done := make(chan struct{})
	s.folding = done
	s.mu.Unlock()
	work := func() {
		began := time.Now()
		err := s.foldNow(outcomes)
		s.mu.Lock()
		if err != nil && s.err == nil {
			s.err = fmt.Errorf("writing outcomes into the ledger: %w", err)
		}
		s.folding, s.folded, s.took = nil, time.Now(), time.Since(began)
		s.mu.Unlock()
		close(done)
	}
	if all {
		work()
		return
	}
	go work()
}

// end folds what is left, and carries over what has no outcome.
func (s *session) end() {
	s.fold(true)
	s.mu.Lock()
	err := s.err
	s.mu.Unlock()
	if err == nil {
		err = s.carryOver()
		if err != nil {
			s.fail(err)
		}
	}
	if err != nil { // what has no outcome in the ledger is settled by the next Recover
		r := s.report
		r.Pending = r.Operations - r.Delivered - r.Rejected - r.Unknown
	}
	s.report.Duration = s.env.Clock.Now().Sub(s.began)
}

// foldNow writes outcomes into the ledger and the receipts in one transaction.
func (s *session) foldNow(outcomes []outcome) error {
	s.env.warehouse.Lock()
	defer s.env.warehouse.Unlock()
	ctx := context.WithoutCancel(s.ctx)
	b := newFoldBuilder(s.spec.Name, s.env.Run.ID)
	defer b.release()
	for i := range outcomes {
		b.add(&outcomes[i])
	}
	keys, ledger, receipts := b.readers()
	if _, err := s.env.Store.Load(ctx, s.view.Settled, keys); err != nil {
		return err
	}
	if err := execute(ctx, s.env.Store, "fold_keys", s.view); err != nil {
		return err
	}
	return s.commit(ctx, warehouse.Delta{Table: state.Ledger, Stream: ledger, Delete: s.view.Settled}, warehouse.Delta{Table: state.Receipts, Stream: receipts})
}

// foldAll writes one outcome for many records that are told apart by SQL alone. The caller holds the warehouse.
func (s *session) foldAll(ctx context.Context, sent bool) error {
	v := *s.view
	v.Settled = v.SettledKeys
	if err := execute(ctx, s.env.Store, "rest_keys", v); err != nil {
		return err
	}
	if err := execute(ctx, s.env.Store, "fold_keys", v); err != nil {
		return err
	}
	deltas := []warehouse.Delta{{Table: state.Ledger, Insert: s.view.Outcomes, Delete: s.view.SettledKeys}}
	if sent {
		if err := execute(ctx, s.env.Store, "rest_receipts", s.view); err != nil {
			return err
		}
		deltas = append(deltas, warehouse.Delta{Table: state.Receipts, Insert: s.view.Receipts})
	}
	return s.commit(ctx, deltas...)
}

func (s *session) commit(ctx context.Context, deltas ...warehouse.Delta) error {
	deltas = append(deltas, s.env.State.Commit(s.env.Run, s.spec.Address, LedgerTable(s.spec.Name), state.Receipts.String())...)
	return s.env.Store.Publish(ctx, warehouse.Publication{Deltas: deltas})
}

// carryOver marks what has no outcome.
func (s *session) carryOver() error {
	s.env.warehouse.Lock()
	defer s.env.warehouse.Unlock()
	ctx := context.WithoutCancel(s.ctx)
	v := s.view
	v.Code, v.Message, v.At = "carried_over", s.why(), s.env.Clock.Now().UTC().Truncate(time.Microsecond)
	if err := execute(ctx, s.env.Store, "rest", v); err != nil {
		return err
	}
	stmt, err := queries.Render(s.env.Store.Dialect(), "rest_counts", v)
	if err != nil {
		return err
	}
	rest := int64(0)
	err = warehouse.Each(ctx, s.env.Store, stmt, func(row warehouse.Row) error {
		n, _ := warehouse.Int(row[1])
		rest += n
		if warehouse.Text(row[0]) == "unknown" {
			s.report.Unknown += n
		} else {
			s.report.Pending += n
		}
		return nil
	})
	if err != nil || rest == 0 {
		return err
	}
	return s.foldAll(ctx, v.Lost)
}

// why is the reason that what is left was not tried. Empty: there is one for each record.
func (s *session) why() string {
	if why := s.halted(); why != "" {
		s.giveUp(why)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

func (s *session) number(name string) (int64, error) {
	stmt, err := queries.Render(s.env.Store.Dialect(), name, s.view)
	if err != nil {
		return 0, err
	}
	return warehouse.Value[int64](context.WithoutCancel(s.ctx), s.env.Store, stmt)
}
