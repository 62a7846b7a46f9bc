package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// lab is the engine's rooms without the door: a store whose raw tables are filled by SQL, and a compiled project.
type lab struct {
	ctx      context.Context
	store    *trace
	analyzer warehouse.Analyzer
	config   *config.Config
	keys     map[string][]string
	columns  schema.Catalog
	asOf     time.Time
}

// newLab opens a lab in a folder. Tables are made by the statements, in scratch.
func newLab(ctx context.Context, dir, hcl string, tables ...string) (*lab, error) {
	if err := os.WriteFile(filepath.Join(dir, "main.cdp.hcl"), []byte(hcl), 0o644); err != nil {
		return nil, err
	}
	c, ds := config.Load(ctx, dir, config.LoadOptions{})
	if err := problems(ds); err != nil {
		return nil, err
	}
	an, err := duckdb.NewAnalyzer(ctx)
	if err != nil {
		return nil, err
	}
	s, err := duckdb.Open(ctx, duckdb.Options{Path: filepath.Join(dir, "w.duckdb"), Scratch: filepath.Join(dir, "scratch.duckdb"), TempDir: filepath.Join(dir, "tmp"), MemoryLimit: 3 << 30})
	if err != nil {
		return nil, errors.Join(err, an.Close())
	}
	l := &lab{ctx: ctx, store: &trace{Store: s}, analyzer: an, config: c, keys: map[string][]string{}, columns: schema.Catalog{}, asOf: epoch.AddDate(2, 0, 0)}
	for _, sql := range tables {
		if err := l.sql(sql); err != nil {
			l.close()
			return nil, err
		}
	}
	l.store.steps = nil
	return l, nil
}

func (l *lab) close() {
	_ = l.store.Close()
	_ = l.analyzer.Close()
}

func (l *lab) sql(text string) error {
	_, err := l.store.Run(l.ctx, sqlgen.Statement{Name: "bench", SQL: text})
	return err
}

// stream says what columns a stream's table has: name and kind in turn; the first is the key.
func (l *lab) stream(address string, columns ...schema.Column) {
	l.keys[address] = []string{columns[0].Name}
	l.columns[address] = columns
}

func column(name string, kind schema.Kind) schema.Column {
	return schema.Column{Name: name, Type: schema.Type{Kind: kind}}
}

// identity compiles the lab's one identity.
func (l *lab) identity() (*identity.Spec, error) {
	spec, ds := identity.Compile(l.ctx, identity.Given{Identity: l.config.Identities[0], Streams: l.columns, Keys: l.keys}, l.analyzer)
	return spec, problems(ds)
}

func problems(ds diag.Diagnostics) error {
	var out []string
	for _, d := range ds {
		if d.Severity == diag.Error {
			out = append(out, d.Summary+": "+d.Detail)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return errors.New(strings.Join(out, "; "))
}

// measurePart measures one part in this process and prints its figures as JSON.
func measurePart(ctx context.Context, name string, scale float64) error {
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	r := &room{ctx: ctx, dir: dir, scale: scale, work: name, quiet: true}
	switch name {
	case "identity":
		err = measureIdentity(r)
	case "traits":
		err = measureTraits(r)
	default:
		err = fmt.Errorf("there is no part %q", name)
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r.figures)
}

// part measures a part in a process of its own.
func (r *room) part(name string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(r.ctx, self, "-part", name, "-scale", strconv.FormatFloat(r.scale, 'g', -1, 64))
	cmd.Dir, cmd.Stderr = r.dir, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	var figures []figure
	if err := json.Unmarshal(out, &figures); err != nil {
		return fmt.Errorf("reading the figures of %s: %w", name, err)
	}
	for _, f := range figures {
		r.add(f)
	}
	return nil
}

// peakMemory is the largest this process has been.
func peakMemory() int64 {
	raw, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(raw), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseInt(fields[0], 10, 64)
	return kb * 1024
}
