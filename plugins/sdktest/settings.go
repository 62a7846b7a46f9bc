package sdktest

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/google/go-cmp/cmp"
)

// quick is how long an offline look at settings may take.
const quick = 3 * time.Second

// checkSettings: good settings have no problem, twice and quickly; unknown and missing arguments have one; values of the
// wrong type never end in a panic.
func checkSettings(t *testing.T, running host.Connector, role string, call wire.Call, blocks map[string]schema.Block) {
	first := validate(t, running, role, call)
	for _, problem := range first.Problems {
		if !problem.Warning {
			t.Errorf("good settings have a problem: %v: %s: %s", problem.Path, problem.Summary, problem.Detail)
		}
	}
	if role == wire.RoleSource && len(first.Streams) != len(call.Streams) {
		t.Errorf("%d streams asked for, %d described", len(call.Streams), len(first.Streams))
	}
	if role == wire.RoleDestination && len(first.Objects) != len(call.Objects) {
		t.Errorf("%d objects asked for, %d described", len(call.Objects), len(first.Objects))
	}
	if diff := cmp.Diff(first, validate(t, running, role, call)); diff != "" {
		t.Errorf("a second look differs: %s", diff)
	}
	for where, block := range blocks {
		unknown := validate(t, running, role, changed(t, call, where, "no_such_argument", json.RawMessage(`1`)))
		if !slices.ContainsFunc(unknown.Problems, func(p wire.Problem) bool { return slices.Contains(p.Path, "no_such_argument") }) {
			t.Errorf("%s: an unknown argument is taken", where)
		}
		for _, arg := range block.Args {
			if arg.Required && len(validate(t, running, role, changed(t, call, where, arg.Name, nil)).Problems) == 0 {
				t.Errorf("%s: a missing %s is taken", where, arg.Name)
			}
			for _, value := range []string{`0`, `""`, `[]`, `{}`, `true`, `"\u0000"`, `null`, `[[]]`, `-1e300`} {
				validate(t, running, role, changed(t, call, where, arg.Name, json.RawMessage(value)))
			}
		}
	}
}

func validate(t *testing.T, running host.Connector, role string, call wire.Call) wire.Validation {
	t.Helper()
	start := time.Now()
	v, err := running.Validate(t.Context(), role, call)
	if err != nil {
		t.Fatalf("validating %s: %+v", call.Settings, err)
	}
	for _, problem := range v.Problems {
		discreet(t, "a problem", problem.Summary+problem.Detail)
	}
	if took := time.Since(start); took > quick {
		t.Errorf("validating took %v: is it offline?", took)
	}
	return v
}

// changed is the call with one argument set or, for nil, taken away; where is "block" or "stream".
func changed(t *testing.T, call wire.Call, where, name string, value json.RawMessage) wire.Call {
	t.Helper()
	edit := func(s wire.Settings) wire.Settings {
		values := map[string]json.RawMessage{}
		if len(s) > 0 {
			if err := json.Unmarshal(s, &values); err != nil {
				t.Fatal(err)
			}
		}
		if values[name] = value; value == nil {
			delete(values, name)
		}
		text, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if where == "block" {
		call.Settings = edit(call.Settings)
		return call
	}
	call.Streams = slices.Clone(call.Streams)
	for i := range call.Streams {
		call.Streams[i].Settings = edit(call.Streams[i].Settings)
	}
	return call
}
