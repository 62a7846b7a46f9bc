package activation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// session is the delivery of one sync.
type session struct {
	ctx    context.Context // interruption: nothing new is begun
	env    *DeliverEnv
	to     *destination
	spec   *Spec
	result *Result
	view   *view
	report *Report
	began  time.Time

	mu       sync.Mutex
	lane     *lane
	lost     []*batch        // may have been done; to be looked up in the end
	missing  map[string]bool // customers whose old key is not known to be gone
	failure  *wire.Failure   // ended the sync
	err      error           // of the warehouse or the journal
	stopped  string          // why what is left was not tried
	doubts   string          // why the first unknown record is unknown
	last     *wire.Failure   // of a whole set that was sent
	outcomes []outcome       // not in the warehouse yet
	folding  chan struct{}   // closed when the fold under way has ended; nil: none
	folded   time.Time
	took     time.Duration
}

func newSession(ctx context.Context, env *DeliverEnv, to *destination, d Delivery) *session {
	spec := d.Result.Spec
	v := newView(spec)
	v.AsOf, v.Run = env.Run.AsOf, env.Run.ID
	return &session{
		ctx: ctx, env: env, to: to, spec: spec, result: d.Result, view: v, missing: map[string]bool{}, began: env.Clock.Now(),
		report: &Report{Address: spec.Address, Destination: d.Destination.Addr.String()},
	}
}

// run delivers, and accounts for every operation whatever happens.
func (s *session) run() error {
	if !s.result.Changed() || s.result.Operations()+s.result.Stuck == 0 {
		s.report.judge(s.spec)
		return nil
	}
	if err := s.begin(); err != nil {
		return fmt.Errorf("delivering %s: %w", s.spec.Address, err)
	}
	if s.halted() == "" {
		if s.spec.Whole {
			s.whole()
		} else {
			s.phases()
			s.settleLost()
		}
	}
	s.hangUp()
	s.end()
	s.tell()
	s.report.judge(s.spec)
	if s.err != nil {
		return fmt.Errorf("delivering %s: %w", s.spec.Address, s.err)
	}
	return nil
}

// begin counts what there is to do.
func (s *session) begin() error {
	if err := recall(s.ctx, s.env.Store, s.spec); err != nil && s.ctx.Err() == nil {
		return err
	}
	v := s.view
	v.Columns, v.KeyColumns, v.FieldColumns, v.LeaveColumns = nil, nil, nil, nil
	v.addColumns(s.spec)
	ctx := context.WithoutCancel(s.ctx)
	if err := v.doubles(ctx, s.env.Store, s.spec); err != nil {
		return err
	}
	n, err := statements.Number(ctx, s.env.Store, "queue_count", v)
	s.report.Operations = n
	if err != nil {
		return err
	}
	return statements.Do(ctx, s.env.Store, v, "done_none")
}

// halted says why nothing more may be begun; empty: go on.
func (s *session) halted() string {
	if s.ctx.Err() != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.report.Interrupted = true
		return "interrupted"
	}
	if why := s.to.givenUp(); why != "" {
		return why
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.err != nil:
		return "the journal or the warehouse failed"
	case s.failure != nil:
		return s.failure.Message
	}
	return ""
}

// fail ends the session for a reason of our own.
func (s *session) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
	}
}

// endWith ends the sync for a reason of the tool's.
func (s *session) endWith(f *wire.Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == nil {
		s.failure = f
	}
}

// open gives the lane, opened anew where the last one broke.
func (s *session) open() (*lane, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lane != nil && !s.lane.isBroken() {
		return s.lane, nil
	}
	if s.lane != nil {
		s.lane.close()
		s.lane = nil
	}
	writing, err := s.write()
	if err != nil {
		return nil, err
	}
	s.lane = openLane(s.env.calls, writing)
	return s.lane, nil
}

// write begins a writing through the destination's connector.
func (s *session) write() (host.Writing, error) {
	connector, err := s.to.connect(s.env.calls)
	if err != nil {
		return nil, err
	}
	return connector.Write(s.env.calls, s.writeRequest())
}

func (s *session) writeRequest() wire.WriteRequest {
	req := wire.WriteRequest{
		Call: s.to.config.Call, Object: s.spec.Sync.Object, Key: s.spec.wireKey(), Fields: s.spec.wireFields(), RunID: s.env.Run.ID,
		AsOf: s.env.Run.AsOf,
	}
	if s.spec.Whole {
		req.Op, req.Append = schema.OpReplace, s.spec.Append()
	}
	return req
}

// abandon ends a lane that failed, if there is one. A connector that died or lies is started anew next time; one that says
// what went wrong goes on.
func (s *session) abandon(l *lane, err error) {
	if l != nil {
		s.mu.Lock()
		if s.lane == l {
			s.lane = nil
		}
		s.mu.Unlock()
		l.close()
	}
	var death *host.Death
	if errors.As(err, &death) || errors.Is(err, errProtocol) {
		s.to.drop()
	}
}

// hangUp ends the writing in good order.
func (s *session) hangUp() {
	s.mu.Lock()
	l := s.lane
	s.lane = nil
	s.mu.Unlock()
	if l == nil {
		return
	}
	if !l.isBroken() {
		ctx, stop := context.WithTimeout(s.env.calls, grace)
		_ = l.finish(ctx) // every batch was answered or is accounted for
		stop()
	}
	l.close()
}

// tell makes diagnostics of how the session ended.
func (s *session) tell() {
	r := s.report
	at := s.spec.Sync.Range
	add := func(d diag.Diagnostic) { r.Diagnostics = append(r.Diagnostics, d.About(r.Address)) }
	if s.failure != nil {
		r.Status = "failed"
		add(failureDiagnostic(s.failure, r, &at))
	}
	if why := cmp.Or(s.stopped, oldKey); s.failure == nil && r.Pending > 0 {
		add(diag.NewWarning("activation.carried_over", "Records were carried over", fmt.Sprintf("%d of %d operations were not done (%s). The next run goes on with them.", r.Pending, r.Operations, why), &at))
	}
	if r.Unknown > 0 {
		add(diag.NewWarning("activation.unknown", "Records with an unknown outcome", s.unknownDetail(), &at))
	}
}

func (s *session) unknownDetail() string {
	because := ". "
	if s.doubts != "" {
		because = ": " + strings.TrimSuffix(s.doubts, ".") + ". "
	}
	detail := fmt.Sprintf("%d records were sent and no answer proves what became of them", s.report.Unknown) + because
	for _, how := range []settlement{s.spec.settlingOf(s.spec.Add), s.spec.settlingOf(s.spec.Update)} {
		if how == settleNever {
			return detail + fmt.Sprintf("The tool cannot be asked, and sending them twice may do harm: they are not sent again unless you allow it with --allow resend:%s.", s.spec.Address)
		}
	}
	return detail + "The next run settles them."
}

func failureDiagnostic(f *wire.Failure, r *Report, at *diag.Range) diag.Diagnostic {
	summary, code := "Delivery failed", "activation.failed"
	switch f.Kind {
	case wire.FailureAuth:
		summary, code = "Destination refused the credentials", "activation.auth"
	case wire.FailureConfig:
		summary, code = "Destination does not know the request", "activation.config"
	}
	detail := fmt.Sprintf("%s: %s", r.Destination, f.Message)
	if f.Detail != "" {
		detail += "\n" + f.Detail
	}
	detail += fmt.Sprintf("\n%d of %d operations were done; nothing was rejected for it. The next run goes on with the others.", r.Delivered, r.Operations)
	return diag.NewError(code, summary, detail, at)
}
