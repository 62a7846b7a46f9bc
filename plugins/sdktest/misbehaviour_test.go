package sdktest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// impatient are options under which a hang is seen within a test.
func impatient(t testing.TB) host.Options {
	return host.Options{
		StartTimeout: 4 * time.Second, CallTimeout: 2 * time.Second, CheckTimeout: 2 * time.Second,
		Silence: 8 * time.Second, Stall: 2500 * time.Millisecond, Grace: 200 * time.Millisecond,
		TempDir: shortDir(t),
	}
}

// shortDir is a directory that is checked to be empty in the end.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sdktest-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		_ = os.RemoveAll(dir)
	})
	return dir
}

var tokenCall = wire.Call{Address: "source.rogue", Settings: wire.Settings(`{"token":"` + rogueSecret + `"}`)}

func rogueCommand(mode string) host.Command {
	c := Self(rogueName)
	c.Args = append(c.Args, mode)
	return c
}

// within fails the test if f takes longer than a few seconds.
func within(t *testing.T, limit time.Duration, f func() error) error {
	t.Helper()
	start := time.Now()
	err := f()
	if took := time.Since(start); took > limit {
		t.Errorf("took %v", took)
	}
	return err
}

func wantDeath(t *testing.T, err error, cause string) {
	t.Helper()
	var d *host.Death
	if !errors.As(err, &d) {
		t.Fatalf("%v (%T) is not a death", err, err)
	}
	if !strings.Contains(d.Cause, cause) {
		t.Errorf("cause %q, want %q", d.Cause, cause)
	}
	if strings.Contains(d.Output+d.Cause, rogueSecret) {
		t.Errorf("the death shows the secret: %s", d.Output)
	}
}

func TestConnectorsThatCannotBeStarted(t *testing.T) {
	for mode, cause := range map[string]string{
		"garbage-on-stdout":      "broke the protocol: it wrote something else than the handshake",
		"endless-line-on-stdout": "broke the protocol: it wrote something else than the handshake",
		"exits-at-start":         "exited with status 2 before it could be called",
		"hangs-at-start":         "did not begin to answer in time",
		"speaks-version-9":       "speaks protocol 9; this cdp speaks 1",
		"listens-elsewhere":      "broke the protocol",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := host.New(impatient(t))
			defer h.Close()
			err := within(t, 30*time.Second, func() error {
				_, err := h.Start(t.Context(), rogueCommand(mode))
				return err
			})
			wantDeath(t, err, cause)
		})
	}
	for path, cause := range map[string]string{
		"/nowhere/connector": "could not be started: no such file", os.DevNull: "could not be started: permission denied",
	} {
		h := host.New(impatient(t))
		_, err := h.Start(t.Context(), host.Command{Name: "x", Path: path})
		wantDeath(t, err, cause)
	}
}

func TestConnectorsThatDoNotAnswer(t *testing.T) {
	for mode, cause := range map[string]string{
		"nobody-listens": "broke its connection", "hangs-in-validate": "did not answer for 2 s", "has-no-name": "broke the protocol",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := host.New(impatient(t))
			defer h.Close()
			c := Process(t, h, rogueCommand(mode))
			err := within(t, 30*time.Second, func() error {
				_, err := c.Validate(t.Context(), wire.RoleSource, tokenCall)
				return err
			})
			wantDeath(t, err, cause)
			// The dead stay dead: no call waits for its deadline again.
			if _, again := c.Validate(t.Context(), wire.RoleSource, tokenCall); again == nil {
				t.Error("a dead connector answered")
			}
		})
	}
}

// readAll reads a stream to its end and counts its rows.
func readAll(t *testing.T, c host.Connector) (rows int64, statuses []*wire.Status, err error) {
	t.Helper()
	r, err := c.Read(t.Context(), wire.ReadRequest{Call: tokenCall, Stream: "n"})
	if err != nil {
		return 0, nil, err
	}
	defer r.Close()
	for {
		m, err := r.Next(t.Context())
		if err != nil {
			return rows, statuses, err
		}
		switch m := m.(type) {
		case *wire.Batch:
			rows += m.Record.NumRows()
			m.Record.Release()
		case *wire.Status:
			statuses = append(statuses, m)
		}
	}
}

func TestConnectorsThatFailWhileReading(t *testing.T) {
	for mode, cause := range map[string]string{
		"exits":               "exited with status 3",
		"is-killed":           "was killed by signal 9, likely out of memory",
		"panics-elsewhere":    "exited with status 2",
		"hangs":               "made no progress for 2.5 s",
		"says-nothing":        "broke the protocol: it ended a read without saying",
		"sends-schema-twice":  "broke the protocol: it sent the schema twice",
		"sends-rows-first":    "broke the protocol: it sent rows before the schema",
		"sends-wrong-columns": "broke the protocol",
		"sends-wrong-types":   "broke the protocol",
		"checkpoints-fall":    "its checkpoints do not rise",
		"sends-after-end":     "it went on after the stream's end",
		"checkpoint-too-late": "it went on after the stream's end",
		"unchanged-with-rows": "nothing changed",
		"completes-nothing":   "completed a stream without a schema",
		"reopens-a-scope":     "rows of a scope that it had completed",
		"sends-too-many-rows": "at most 65536",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := host.New(impatient(t))
			defer h.Close()
			c := Process(t, h, rogueCommand(mode))
			err := within(t, 30*time.Second, func() error {
				_, _, err := readAll(t, c)
				return err
			})
			wantDeath(t, err, cause)
		})
	}
}

func TestAFrozenConnectorIsNoticed(t *testing.T) {
	t.Parallel()
	o := impatient(t)
	o.Silence, o.Stall = 4*time.Second, time.Minute
	h := host.New(o)
	defer h.Close()
	c := Process(t, h, rogueCommand("freezes"))
	err := within(t, 30*time.Second, func() error {
		_, _, err := readAll(t, c)
		return err
	})
	wantDeath(t, err, "did not answer for 4 s")
}

func TestAuthorsMistakesAreFailures(t *testing.T) {
	for mode, message := range map[string]string{
		"panics":                 "the connector panicked while reading n",
		"goes-on-after-end":      "it went on after the stream's end",
		"checkpoint-after-error": "it went wrong with [redacted]",
		"sends-other-columns":    "a batch has 4 columns, not 1",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := host.New(impatient(t))
			defer h.Close()
			c := Process(t, h, rogueCommand(mode))
			rows, _, err := readAll(t, c)
			var f *wire.Failure
			if !errors.As(err, &f) || !strings.Contains(f.Message, message) || rows != 1 {
				t.Fatalf("%d rows, %v", rows, err)
			}
			// The process is as good as before.
			if _, err := c.Validate(t.Context(), wire.RoleSource, tokenCall); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAReadWithoutEndIsIncomplete(t *testing.T) {
	h := host.New(impatient(t))
	defer h.Close()
	c := Process(t, h, rogueCommand("returns-without-end"))
	rows, statuses, err := readAll(t, c)
	if err != io.EOF || rows != 1 || len(statuses) != 1 || statuses[0].Complete || statuses[0].Unchanged {
		t.Errorf("%d rows, %+v, %v", rows, statuses, err)
	}
}

func TestWhatConnectorsPrintIsCleaned(t *testing.T) {
	for _, mode := range []string{"prints-the-secret", "floods-stderr", "prints-one-endless-line"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var shown strings.Builder
			o := impatient(t)
			o.Stall = time.Minute
			o.Output = func(name, line string) {
				mu.Lock()
				defer mu.Unlock()
				fmt.Fprintln(&shown, line)
			}
			h := host.New(o)
			c := Process(t, h, rogueCommand(mode))
			err := within(t, 30*time.Second, func() error {
				_, _, err := readAll(t, c)
				return err
			})
			if err != io.EOF {
				t.Fatal(err)
			}
			time.Sleep(50 * time.Millisecond)
			h.Close()
			mu.Lock()
			defer mu.Unlock()
			text := shown.String()
			if strings.Contains(text, rogueSecret) || strings.ContainsAny(text, "\x1b\x00") {
				t.Errorf("not cleaned: %q", text)
			}
			if mode == "prints-the-secret" && !strings.Contains(text, "token is [redacted]") {
				t.Errorf("not shown: %q", text)
			}
			if len(text) > 1<<20 {
				t.Errorf("%d bytes shown", len(text))
			}
		})
	}
}

func TestClosingDoesNotWaitForAConnector(t *testing.T) {
	for _, mode := range []string{"ignores-cancel", "freezes", "hangs"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := host.New(impatient(t))
			c := Process(t, h, rogueCommand(mode))
			r, err := c.Read(t.Context(), wire.ReadRequest{Call: tokenCall, Stream: "n"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			for err == nil {
				_, err = r.Next(ctx)
			}
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			_ = within(t, 5*time.Second, func() error { return errors.Join(r.Close(), h.Close()) })
		})
	}
}

var writeRequest = wire.WriteRequest{
	Call: tokenCall, Object: "contacts",
	Key:    []schema.Column{{Name: "email", Type: schema.Type{Kind: schema.String}}},
	Fields: []schema.Column{{Name: "n", Type: schema.Type{Kind: schema.Int64}}},
}

// opBatch is a batch with these keys.
func opBatch(req wire.WriteRequest, ids ...string) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, wire.OpSchema(req))
	for i, id := range ids {
		b.Field(0).(*array.StringBuilder).Append(fmt.Sprintf("%q", id))
		b.Field(1).(*array.StringBuilder).Append("c" + id)
		b.Field(2).AppendNull()
		b.Field(3).(*array.StringBuilder).Append(id)
		b.Field(4).(*array.Int64Builder).Append(int64(i))
	}
	return b.NewRecordBatch()
}

// writeAll writes two batches of two records, one after the other, and returns all answers and the end.
func writeAll(t *testing.T, c host.Connector) ([]wire.BatchResult, error) {
	t.Helper()
	w, err := c.Write(t.Context(), writeRequest)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	for i, ids := range [][]string{{"a", "b"}, {"c", "d"}} {
		if err := w.Send(t.Context(), wire.OpBatch{ID: fmt.Sprint(i), Op: schema.OpUpsert, Record: opBatch(writeRequest, ids...)}); err != nil {
			return nil, err
		}
	}
	if err := w.Finish(t.Context()); err != nil {
		return nil, err
	}
	var answers []wire.BatchResult
	for {
		r, err := w.Receive(t.Context())
		if err != nil {
			return answers, err
		}
		answers = append(answers, r)
	}
}

func TestConnectorsThatFailWhileWriting(t *testing.T) {
	for mode, cause := range map[string]string{
		"exits":                   "exited with status 3",
		"is-killed":               "was killed by signal 9",
		"exits-after-taking":      "exited with status 4",
		"hangs":                   "made no progress for 2.5 s",
		"answers-no-batch":        "without answering 2 of its batches",
		"answers-a-batch-twice":   "answered it twice",
		"answers-a-strange-batch": "a batch that it was not sent",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := host.New(impatient(t))
			defer h.Close()
			c := Process(t, h, rogueCommand(mode))
			err := within(t, 30*time.Second, func() error {
				_, err := writeAll(t, c)
				return err
			})
			wantDeath(t, err, cause)
		})
	}
}

func TestEachOperationIsAnsweredOnce(t *testing.T) {
	for mode, want := range map[string]string{
		"behaves":            "results[ok ok] results[ok ok] EOF",
		"defers":             "rename[ok ok] rename[ok ok] EOF",
		"forgets-a-record":   "results[unknown ok] results[unknown ok] EOF",
		"answers-twice":      "lost/protocol lost/protocol EOF",
		"answers-a-stranger": "lost/protocol lost/protocol EOF",
		"has-no-outcome":     "lost/protocol lost/protocol EOF",
		"fails-untyped":      "lost/ lost/ EOF",
		"panics":             "lost/panic lost/panic EOF",
		"cannot-open":        "auth/ auth/ the tool refused [redacted]",
		"fails-at-finish":    "permanent/ permanent/ no space left",
		"panics-at-finish":   "lost/panic lost/panic the connector panicked while finishing contacts",
		"panics-in-abort":    "results[ok ok] results[ok ok] EOF",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := host.New(impatient(t))
			defer h.Close()
			answers, err := writeAll(t, Process(t, h, rogueCommand(mode)))
			var got []string
			for _, a := range answers {
				if a.Failure != nil {
					got = append(got, string(a.Failure.Kind)+"/"+a.Failure.Code)
					continue
				}
				outcomes := make([]string, len(a.Results))
				for i, r := range a.Results {
					outcomes[i] = string(r.Outcome)
				}
				got = append(got, fmt.Sprintf("%s%v", a.Evidence, outcomes))
			}
			if text := strings.Join(append(got, err.Error()), " "); text != want {
				t.Errorf("%s, want %s", text, want)
			}
		})
	}
}

func TestReadbackThatBreaksOff(t *testing.T) {
	h := host.New(impatient(t))
	defer h.Close()
	c := Process(t, h, rogueCommand("exits"))
	err := c.Readback(t.Context(), wire.ReadbackRequest{Call: tokenCall, Object: "contacts"}, func(wire.ReadbackRecord) error { return nil })
	wantDeath(t, err, "exited with status 3")
	c = Process(t, h, rogueCommand("hangs"))
	err = c.Readback(t.Context(), wire.ReadbackRequest{Call: tokenCall, Object: "contacts"}, func(wire.ReadbackRecord) error { return nil })
	wantDeath(t, err, "made no progress for 2.5 s")
}
