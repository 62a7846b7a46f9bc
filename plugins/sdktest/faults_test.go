package sdktest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// faultKey makes TestSuiteOnAFaultyConnector run the suite on a connector with that fault.
const faultKey = "SDKTEST_FAULT"

// faults are what the suite must find, with the check that finds it.
var faults = map[string]string{
	"undocumented":         "spec",
	"loses-rows-on-resume": "counts/resume",
	"late-rows":            "counts/read",
	"wrong-count":          "counts/read",
	"differs-each-time":    "counts/same-again",
	"prints-its-token":     "counts/read",
	"panics-on-bad-value":  "counts/settings",
	"never-complete":       "counts/read",
	"untyped-error":        "refused/fails",
	"forgets-records":      "things/write",
	"writes-nothing":       "things/readback",
}

func TestSuiteFindsFaults(t *testing.T) {
	for fault, check := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(Self("").Path, "-test.run", "^TestSuiteOnAFaultyConnector$/^memory$", "-test.v")
			cmd.Env = append(os.Environ(), faultKey+"="+fault)
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: TestSuiteOnAFaultyConnector/memory/"+check) {
				t.Errorf("the suite does not find it: %v\n%s", err, out)
			}
		})
	}
}

func TestSuiteOnAFaultyConnector(t *testing.T) {
	fault := os.Getenv(faultKey)
	if fault == "" {
		t.Skip("runs in a process of its own, see TestSuiteFindsFaults")
	}
	c := shelf()
	tool := c.Destination.(*shelfTool)
	c.Source = &faultySource{fault: fault}
	c.Destination = &faultyTool{shelfTool: tool, fault: fault}
	if fault == "undocumented" {
		c.Spec.Source.Block.Args[0].Doc = ""
	}
	Run(t, Case{Connector: c, Objects: []Object{{Name: "things", Setup: shelfTarget}}, Streams: []Stream{
		{Name: "counts", Setup: shelfRead(95), Rows: 95}, {Name: "refused", Setup: shelfRead(-1), Fails: sdk.FailureAuth},
	}})
}

type faultySource struct {
	shelfSource
	fault string
	reads int
}

func (s *faultySource) Validate(ctx context.Context, call sdk.Call) sdk.Validation {
	var settings struct{ Rows int }
	err := sdk.Decode(call.Streams[0].Settings, &settings)
	if err != nil && s.fault == "panics-on-bad-value" {
		panic(err)
	}
	return s.shelfSource.Validate(ctx, call)
}

func (s *faultySource) Read(ctx context.Context, req sdk.ReadRequest, out sdk.Emitter) error {
	s.reads++
	switch s.fault {
	case "loses-rows-on-resume":
		from := 0
		if req.State != nil && json.Unmarshal(req.State, &from) == nil && from < 90 {
			req.State = json.RawMessage(fmt.Sprint(from + 1))
		}
	case "late-rows":
		out = lateEmitter{out}
	case "wrong-count":
		req.Call.Streams[0].Settings = sdk.Settings(`{"rows":94}`)
	case "differs-each-time":
		req.Call.Streams[0].Settings = sdk.Settings(fmt.Sprintf(`{"rows":%d}`, 95+s.reads))
	case "prints-its-token":
		out.Warn("using the token open sesame", "")
	case "never-complete":
		out = endlessEmitter{out}
	case "untyped-error":
		return fmt.Errorf("the token is refused")
	}
	return s.shelfSource.Read(ctx, req, out)
}

// lateEmitter forgets the last checkpoints.
type lateEmitter struct{ sdk.Emitter }

func (e lateEmitter) Checkpoint(state json.RawMessage) error {
	if string(state) > "9" {
		return nil
	}
	return e.Emitter.Checkpoint(state)
}

// endlessEmitter never completes.
type endlessEmitter struct{ sdk.Emitter }

func (endlessEmitter) Complete() error { return nil }

type faultyTool struct {
	*shelfTool
	fault string
}

func (s *faultyTool) Open(context.Context, sdk.WriteRequest) (sdk.Writer, error) { return s, nil }

func (s *faultyTool) Write(ctx context.Context, b sdk.Batch) ([]sdk.Result, error) {
	switch s.fault {
	case "forgets-records":
		results, err := s.shelfTool.Write(ctx, b)
		return results[:len(results)-1], err
	case "writes-nothing":
		results := make([]sdk.Result, len(b.Records))
		for i, r := range b.Records {
			results[i] = sdk.Result{ID: r.ID, Outcome: sdk.OK}
		}
		return results, nil
	}
	return s.shelfTool.Write(ctx, b)
}
