package sdktest

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// TestExampleConnectorRunsAsAProcess builds the example that authors copy, from its own module, and reads through it.
func TestExampleConnectorRunsAsAProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	source, err := filepath.Abs("../../examples/connectors/vcard")
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "cdp-connector-vcard")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	h := host.New(host.Options{})
	defer h.Close()
	c := Process(t, h, host.Command{Name: "vcard", Path: binary})
	spec, err := c.Spec(t.Context())
	if err != nil || spec.Name != "vcard" || spec.Source == nil {
		t.Fatalf("%+v %v", spec, err)
	}
	r := mustRead(t, c, wire.ReadRequest{Stream: "contacts", Call: wire.Call{
		Address: "source.vcard.phone", Settings: wire.Settings(`{"path":"` + filepath.Join(source, "testdata") + `"}`),
		Streams: []wire.StreamRequest{{Name: "contacts"}},
	}})
	if len(r.Rows) != 5 || len(r.Rejects) != 2 || len(r.Checkpoints) != 1 {
		t.Errorf("%d rows, %d rejects, %d checkpoints", len(r.Rows), len(r.Rejects), len(r.Checkpoints))
	}
}
