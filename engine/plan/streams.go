package plan

import (
	"context"
	"fmt"
	"sync"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/state"
)

// streams loads what --refresh asks for, several sources side by side, and says of every stream what happens to it.
func (p *planner) streams(ctx context.Context) error {
	var todo []*config.Stream
	for _, s := range p.Config.Sources {
		for _, stream := range s.Streams {
			p.diags = append(p.diags, p.compiler.stream(ctx, stream)...)
			if p.due(stream) {
				todo = append(todo, stream)
			}
		}
	}
	if p.diags.HasErrors() {
		return nil
	}
	if len(todo) > 0 {
		p.phase("Loading")
	}
	p.load(ctx, todo)
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, s := range p.Config.Sources {
		for _, stream := range s.Streams {
			if err := p.streamStep(ctx, stream); err != nil {
				return err
			}
			p.done[stream.Addr.String()] = true
		}
	}
	return p.checks(ctx, false)
}

// due reports whether a stream is read by this plan.
func (p *planner) due(s *config.Stream) bool {
	address := s.Addr.String()
	if p.Loaded[address] != nil || !p.selected(s.Addr) {
		return false
	}
	_, loaded := p.State.Cursors[address]
	applied, known := p.applied(&s.Block, p.out.Streams[address].Fingerprint)
	switch p.Refresh {
	case RefreshAll:
		return true
	case RefreshNone:
		return false
	}
	return !loaded || !known || applied.Fingerprint != p.out.Streams[address].Fingerprint || applied.Definition != s.Definition
}

// load reads streams. Streams of one source follow one another; sources run side by side.
func (p *planner) load(ctx context.Context, todo []*config.Stream) {
	bySource := map[*config.Source][]*config.Stream{}
	for _, s := range todo {
		bySource[s.Source] = append(bySource[s.Source], s)
	}
	slots := make(chan struct{}, max(p.Parallel, 1))
	told := map[string]diag.Diagnostics{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, streams := range bySource {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			for _, s := range streams {
				address := s.Addr.String()
				mu.Lock()
				spec := p.out.Streams[address]
				mu.Unlock()
				result, ds := p.Load(ctx, spec)
				mu.Lock()
				told[address] = ds
				if result != nil {
					p.got.Streams[address] = result
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return // whatever broke off, that is why
	}
	for _, s := range todo { // told in the order of declaration, whatever finished first
		p.report(s.Addr.String(), told[s.Addr.String()])
	}
}

// report keeps what a load said. A load that failed stops the plan, or where the plan is tolerant, what follows it.
func (p *planner) report(address string, ds diag.Diagnostics) {
	result := p.got.Streams[address]
	failed := ds.HasErrors() && (result == nil || !result.Blocked())
	switch {
	case failed && p.Tolerant:
		p.got.Failed[address] = ds
		p.stopped[address] = fmt.Sprintf("%s could not be loaded", address)
	case failed:
		p.diags = append(p.diags, ds...)
	case ds.HasErrors():
		// Blocked by its contract: told, and shown in the plan with its guard; the other blocks are planned all the same.
		for _, d := range ds {
			d.Severity = diag.Warning
			p.diags = append(p.diags, d)
		}
	default:
		p.diags = append(p.diags, ds...)
	}
}

func (p *planner) streamStep(ctx context.Context, s *config.Stream) error {
	address := s.Addr.String()
	spec := p.out.Streams[address]
	step := &StreamStep{Head: p.head(&s.Block, spec.Fingerprint), Table: spec.Table(nil).String()}
	p.plan.Steps = append(p.plan.Steps, step)
	result := p.got.Streams[address]
	if result == nil {
		result = p.Loaded[address]
	}
	if result == nil {
		return p.notRead(ctx, s, step)
	}
	n := result.Counts
	if result.Unchanged {
		rows, err := p.live(ctx, result)
		if err != nil {
			return err
		}
		step.Counts = Of("unchanged", rows)
	} else {
		step.Counts = Of("extracted", n.Extracted, "inserted", n.Inserted, "updated", n.Updated, "unchanged", n.Unchanged,
			"deduplicated", n.Deduplicated, "filtered", n.Filtered, "rejected", n.Rejected, "deleted", n.Deleted)
	}
	for _, c := range result.SchemaChanges {
		step.SchemaChanges = append(step.SchemaChanges, c.String())
	}
	step.Rejects = result.Rejects
	if p.Digest {
		var err error
		if step.Digest, err = ingest.Digest(ctx, p.Store, result); err != nil {
			return err
		}
	}
	p.judge(&step.Head, result.Verdicts)
	if step.Blocked() {
		because(&step.Head, Load, nil, false)
		p.known(s, nil)
		return p.declare(ctx, s)
	}
	p.changed[address] = result.Changed
	if result.Changed || n.Rejected > 0 {
		because(&step.Head, Load, nil, false)
	}
	p.known(s, result)
	if p.Loaded[address] != nil {
		return p.declare(ctx, s)
	}
	return nil
}

// live counts the rows of a stream that had nothing new to read.
func (p *planner) live(ctx context.Context, r *ingest.Result) (int64, error) {
	if err := p.Store.Declare(ctx, r.Table); err != nil {
		return 0, fmt.Errorf("declaring %s: %w", r.Address, err)
	}
	return state.Count(ctx, p.Store, r.Table.Relation())
}

// notRead is a stream that this plan takes as it was loaded before, if it was.
func (p *planner) notRead(ctx context.Context, s *config.Stream, step *StreamStep) error {
	address := s.Addr.String()
	if why, failed := p.stopped[address]; failed {
		step.Skipped = why
	}
	if _, loaded := p.State.Cursors[address]; !loaded {
		p.unknown[address] = true
		step.Counts = Unknown("extracted", "inserted", "updated", "unchanged", "deduplicated", "filtered", "rejected", "deleted")
		return nil
	}
	p.known(s, nil)
	return p.declare(ctx, s)
}

// known puts a stream's columns into the catalog.
func (p *planner) known(s *config.Stream, result *ingest.Result) {
	address := s.Addr.String()
	switch {
	case result != nil && len(result.Columns) > 0:
		p.out.Catalog[address] = result.Columns
	case len(p.State.Cursors[address].Columns) > 0:
		p.out.Catalog[address] = p.State.Cursors[address].Columns
	default:
		p.unknown[address] = true
	}
}

// declare makes the table of a stream that was not read visible to those who follow.
func (p *planner) declare(ctx context.Context, s *config.Stream) error {
	address := s.Addr.String()
	if p.unknown[address] {
		return nil
	}
	spec := p.out.Streams[address]
	if err := p.Store.Declare(ctx, spec.Table(p.State.Cursors[address].Columns)); err != nil {
		return fmt.Errorf("declaring %s: %w", spec.Address, err)
	}
	return nil
}
