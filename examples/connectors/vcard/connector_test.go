package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/sdktest"
	"github.com/cdp-engine/cdp/plugins/wire"
)

func TestMain(m *testing.M) { sdktest.Main(m, Connector()) }

// read is a read of the contacts at path.
func read(path string) wire.ReadRequest {
	return wire.ReadRequest{
		Stream: streamName,
		Call: wire.Call{
			Address:  "source.vcard.phone",
			Settings: wire.Settings(fmt.Sprintf(`{"path":%q}`, path)),
			Streams:  []wire.StreamRequest{{Name: streamName, PrimaryKey: []string{"uid"}}},
		},
	}
}

func at(path string) func(testing.TB) wire.ReadRequest {
	return func(t testing.TB) wire.ReadRequest {
		abs, err := filepath.Abs(path)
		if err != nil {
			t.Fatal(err)
		}
		return read(abs)
	}
}

func TestConformance(t *testing.T) {
	sdktest.Run(t, sdktest.Case{
		Connector: Connector(),
		Streams: []sdktest.Stream{
			{Name: "folder", Setup: at("testdata"), Rows: 5, Check: func(t *testing.T, r *sdktest.Read) {
				if len(r.Rejects) != 2 {
					t.Errorf("%d rejects: %+v", len(r.Rejects), r.Rejects)
				}
			}},
			{Name: "file", Setup: at("testdata/phone.vcf"), Rows: 3},
			{Name: "missing", Setup: at("testdata/nowhere"), Fails: sdk.FailureConfig},
		},
	})
}

func TestCards(t *testing.T) {
	for name, want := range map[string]string{
		"BEGIN:VCARD\nFN:A\\, B\nN:Doe\\;X;Jane;;;\nUID:1\nEND:VCARD":                         `A, B|Doe;X|Jane`,
		"BEGIN:VCARD\r\nFN:Long\r\n  name\r\nEND:VCARD\r\n":                                   `Long name||`,
		"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:J=C3=BC=\n=C3=9F\nEND:VCARD": `Jüß||`,
	} {
		c, err := newReader(strings.NewReader(name)).next()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join([]string{c.first("FN"), c.part("N", 0), c.part("N", 1)}, "|"); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func FuzzCards(f *testing.F) {
	seed, err := os.ReadFile("testdata/phone.vcf")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(seed))
	f.Fuzz(func(t *testing.T, text string) {
		r := newReader(strings.NewReader(text))
		for range len(text) + 2 {
			if c, err := r.next(); err == nil {
				_, _, _ = c.id(), c.all("EMAIL"), birthday(c.first("BDAY"))
			} else if _, bad := err.(*malformed); !bad {
				return
			}
		}
		t.Error("reading does not end")
	})
}
