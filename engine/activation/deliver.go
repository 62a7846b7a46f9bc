package activation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/host"
)

// grace is how long requests under way may take after an interruption.
const grace = 4 * time.Second

// DeliverEnv is what deliveries work with. Journal is the run's, open since before Publish.
type DeliverEnv struct {
	Store   warehouse.Store
	State   *state.State
	Run     state.Run
	Journal *Journal
	// Connect starts the connector of a destination. It is called again after the connector died.
	Connect  func(ctx context.Context, d *config.Destination) (host.Connector, error)
	Resend   map[string]bool // syncs whose unknown records may be sent again: --allow resend:ADDR
	Progress func(Progress)  // nil: nobody listens
	Clock    Clock           // nil: the wall clock

	warehouse sync.Mutex // one publication at a time, and the state's serials
	calls     context.Context
}

// Delivery is one sync to deliver, with its published operations.
type Delivery struct {
	Result      *Result
	Destination *config.Destination
}

// Deliver sends the operations of syncs: destinations side by side, the syncs of one destination in the order given. One
// that fails stops no other. Reports come in the order of deliveries. An error means that the warehouse or the journal
// failed; what was sent is in the journal, and the next Recover folds it. If all is folded the journal is removed.
func Deliver(ctx context.Context, env *DeliverEnv, deliveries []Delivery) ([]*Report, error) {
	if env.Clock == nil {
		env.Clock = wallClock{}
	}
	calls, stop := outlive(ctx, grace)
	defer stop()
	env.calls = calls
	reports := make([]*Report, len(deliveries))
	failed := make([]error, len(deliveries))
	groups := map[string][]int{}
	var order []string
	for i, d := range deliveries {
		address := d.Destination.Addr.String()
		if groups[address] == nil {
			order = append(order, address)
		}
		groups[address] = append(groups[address], i)
	}
	var all sync.WaitGroup
	for _, address := range order {
		all.Go(func() {
			members := groups[address]
			first := deliveries[members[0]].Destination
			to := &destination{env: env, config: first, policy: policyOf(first.Call.Settings)}
			defer to.drop()
			for _, i := range members {
				s := newSession(ctx, env, to, deliveries[i])
				failed[i] = s.run()
				reports[i] = s.report
			}
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return reports, err
	}
	return reports, closeJournal(ctx, env)
}

// closeJournal removes the journal once the warehouse keeps all of it for good.
func closeJournal(ctx context.Context, env *DeliverEnv) error {
	if env.Journal == nil {
		return nil
	}
	if err := env.Store.Checkpoint(context.WithoutCancel(ctx)); err != nil {
		_ = env.Journal.Close()
		return fmt.Errorf("closing the journal: %w", err)
	}
	if err := env.Journal.Remove(); err != nil {
		return fmt.Errorf("removing the journal: %w", err)
	}
	return nil
}

// outlive is a context that ends some time after ctx does.
func outlive(ctx context.Context, after time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		select {
		case <-ended:
			return
		case <-ctx.Done():
		}
		t := time.NewTimer(after)
		defer t.Stop()
		select {
		case <-ended:
		case <-t.C:
		}
		cancel()
	}()
	return out, sync.OnceFunc(func() { close(ended); cancel() })
}
