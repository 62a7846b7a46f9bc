package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/plan"
)

// Files of a folder of kept loads, beside the loads themselves.
const (
	keptSeal = "seal" // of all other files, with the plan's key
	keptInfo = "plan.json"
	keptMost = 10 // folders that are kept though nobody can apply their plans any more
)

// keptPlan says in a folder of kept loads until when its plan may be applied.
type keptPlan struct {
	ID      string    `json:"id"`
	Made    time.Time `json:"made"`
	Expires time.Time `json:"expires"`
}

func (p *Project) plansDir() string { return filepath.Join(p.private(), "plans") }

// keep lays the loads of a saved plan beside it, whole or not at all. Of two equal plans the later stays: its rows are the
// same, and it may be applied for longer.
func (p *Project) keep(ctx context.Context, s *session, made *Plan, got *plan.Computed, key plan.Key) error {
	if err := p.prune(made.Made.At); err != nil {
		return err
	}
	dir := filepath.Join(p.plansDir(), made.ID)
	if len(got.Streams) == 0 {
		return nil
	}
	if err := os.MkdirAll(p.plansDir(), 0o700); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(p.plansDir(), scratchPrefix)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	alive, err := hold(scratch)
	if err != nil {
		return err
	}
	defer func() { _ = alive.Close() }()
	tmp := filepath.Join(scratch, "loads") // without the lock's file: what is sealed is all there is
	if err := os.Mkdir(tmp, 0o700); err != nil {
		return err
	}
	for _, r := range got.Streams {
		if err := ingest.Keep(ctx, s.store, tmp, r); err != nil {
			return err
		}
	}
	info, err := json.Marshal(keptPlan{ID: made.ID, Made: made.Made.At, Expires: made.Made.At.Add(made.Terms.Expires)})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(tmp, keptInfo), info, 0o600); err != nil {
		return err
	}
	sum, err := sealOf(tmp, key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(tmp, keptSeal), []byte(sum), 0o600); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// sealOf names the content of all files of a folder.
func sealOf(dir string, key plan.Key) (string, error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return "", err
	}
	var list bytes.Buffer
	for _, e := range entries {
		if e.Name() == keptSeal {
			continue
		}
		file, err := os.Open(filepath.Join(dir, e.Name()))
		if err != nil {
			return "", err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, file)
		_ = file.Close()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&list, "%q %s\n", e.Name(), hex.EncodeToString(sum.Sum(nil)))
	}
	return key.Seal(list.Bytes()), nil
}

// keptOf finds the loads of a plan; empty: they are not here, or not as they were: what they held is extracted again, and has
// to be what was approved.
func (p *Project) keptOf(id string, key plan.Key) string {
	dir := filepath.Join(p.plansDir(), id)
	want, err := os.ReadFile(filepath.Join(dir, keptSeal))
	if err != nil {
		return ""
	}
	if have, err := sealOf(dir, key); err != nil || have != string(want) {
		return ""
	}
	return dir
}

// prune removes kept loads that nobody needs: they hold people's data. A plan that can still be applied keeps its own, and
// so do the newest others.
func (p *Project) prune(now time.Time) error {
	entries, err := os.ReadDir(p.plansDir())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	type old struct {
		dir string
		keptPlan
	}
	var ended []old
	for _, e := range entries {
		o := old{dir: filepath.Join(p.plansDir(), e.Name())}
		text, err := os.ReadFile(filepath.Join(o.dir, keptInfo))
		if err != nil || json.Unmarshal(text, &o.keptPlan) != nil || o.Expires.After(now) {
			continue
		}
		ended = append(ended, o)
	}
	slices.SortFunc(ended, func(a, b old) int { return b.Made.Compare(a.Made) })
	for _, o := range ended[min(keptMost, len(ended)):] {
		if err := os.RemoveAll(o.dir); err != nil {
			return err
		}
	}
	return nil
}

// keptLoads gives a stream's rows as a saved plan has them.
type keptLoads struct {
	dir     string // empty: nothing is kept
	pins    plan.Pins
	resumed bool
}

// load returns the kept load of a stream. read: there is none to use, the source has to be read. A stream that an apply which
// was cut off has published already needs no load.
func (k *keptLoads) load(ctx context.Context, s *session, spec *ingest.Spec) (r *ingest.Result, read bool, err error) {
	table := spec.Table(nil).String()
	if s.state.Serials[table] != k.pins.Tables[table] {
		return nil, !k.resumed, nil
	}
	if k.dir == "" {
		return nil, true, nil
	}
	r, err = ingest.Restore(ctx, s.store, spec, k.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	return r, false, err
}
