package sdktest

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Case is a connector and what it can be tested on. Streams and objects are read and written again and again: Setup is
// called anew for each check and must leave the same world each time.
type Case struct {
	Connector sdk.Connector
	Command   *host.Command // the connector as a process; nil: this test binary, which needs Main in TestMain
	Streams   []Stream
	Objects   []Object
	Skip      map[string]string // checks that do not apply, by name, with the reason
}

// Stream is a stream to read.
type Stream struct {
	Name  string
	Setup func(t testing.TB) wire.ReadRequest
	Rows  int                     // rows a full read yields; 0: not checked
	Fails sdk.FailureKind         // the read must fail so; empty: it must succeed
	Check func(*testing.T, *Read) // more to check of a full read; may be nil
}

// Object is an object to write.
type Object struct {
	Name  string
	Setup func(t testing.TB) Target
}

// Target is an object set up to be written once.
type Target struct {
	Request wire.WriteRequest
	Batches []Operations
	Verify  func(testing.TB) // that the tool has what was written; may be nil
}

// Operations are one batch.
type Operations struct {
	Op      schema.Op
	Records []Record
}

// Record is one record: its key and field values, in the order of the request.
type Record struct {
	Key, Fields []any
}

// check is one test of the suite. place is how the connector runs.
type check struct {
	name string
	run  func(t *testing.T, p place)
}

// place is a connector that runs somewhere, with what it printed.
type place struct {
	c       Case
	host    *host.Host
	start   func(t testing.TB) host.Connector
	printed func() string
}

// Run runs the suite: every check in memory and as a process.
func Run(t *testing.T, c Case) {
	t.Helper()
	all := c.checks()
	for name := range c.Skip {
		if !slices.ContainsFunc(all, func(k check) bool { return k.name == name || strings.HasPrefix(k.name, name+"/") }) {
			t.Errorf("the case skips %q, which is no check", name)
		}
	}
	t.Run("memory", func(t *testing.T) {
		c.runAll(t, all, func(t testing.TB, h *host.Host) host.Connector { return Memory(t, h, c.Connector) })
	})
	t.Run("process", func(t *testing.T) {
		command := c.Command
		if command == nil {
			if !mainRan {
				t.Fatal("the case has no Command and TestMain does not call sdktest.Main")
			}
			self := Self(c.Connector.Spec.Name)
			command = &self
		}
		c.runAll(t, all, func(t testing.TB, h *host.Host) host.Connector { return Process(t, h, *command) })
	})
}

func (c Case) runAll(t *testing.T, all []check, start func(testing.TB, *host.Host) host.Connector) {
	for _, k := range all {
		t.Run(k.name, func(t *testing.T) {
			if reason, ok := c.skipped(k.name); ok {
				t.Skip(reason)
			}
			var mu sync.Mutex
			var printed strings.Builder
			h := host.New(host.Options{
				CallTimeout: 10 * time.Second, Silence: 10 * time.Second, Stall: 60 * time.Second,
				Output: func(_, line string) {
					mu.Lock()
					defer mu.Unlock()
					printed.WriteString(line + "\n")
				},
			})
			defer h.Close()
			k.run(t, place{
				c: c, host: h,
				start: func(t testing.TB) host.Connector { return start(t, h) },
				printed: func() string {
					mu.Lock()
					defer mu.Unlock()
					return printed.String()
				},
			})
			h.Close()
			mu.Lock()
			defer mu.Unlock()
			// The host takes the values of sensitive arguments out: where it did, the connector printed one.
			if strings.Contains(printed.String(), "[redacted]") {
				t.Errorf("the connector printed a secret:\n%s", printed.String())
			}
		})
	}
}

func (c Case) skipped(name string) (string, bool) {
	for skip, reason := range c.Skip {
		if name == skip || strings.HasPrefix(name, skip+"/") {
			return reason, true
		}
	}
	return "", false
}

func (c Case) checks() []check {
	all := []check{{"spec", checkSpec}, {"spec-says-what-it-is", checkRoles}}
	for _, s := range c.Streams {
		all = append(all, s.checks()...)
	}
	for _, o := range c.Objects {
		all = append(all, o.checks()...)
	}
	return all
}

// OpRecord builds the Arrow record of a batch; ids are the keys as canonical JSON, as the engine has them: an object.
func OpRecord(t testing.TB, req wire.WriteRequest, records []Record) (batch wire.OpBatch, ids []string) {
	t.Helper()
	columns, err := schema.FromArrowSchema(wire.OpSchema(req))
	if err != nil {
		t.Fatal(err)
	}
	rows := make([][]any, len(records))
	for i, r := range records {
		key := map[string]any{}
		for k, c := range req.Key {
			key[c.Name] = r.Key[k]
		}
		id, err := json.Marshal(key)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, string(id))
		rows[i] = append([]any{string(id), nil, nil}, append(slices.Clone(r.Key), r.Fields...)...)
	}
	rec, err := sdk.BuildRecord(columns, rows...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rec.Release)
	return wire.OpBatch{Record: rec}, ids
}
