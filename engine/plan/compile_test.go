package plan

import (
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
)

func TestModelsInOrder(t *testing.T) {
	for declared, want := range map[string]string{
		"b a c":         "b a c", // as declared, not by name
		"a<c b c":       "b c a",
		"d<b b<a c a":   "c a b d",
		"x<stream y<x":  "x y",
		"a<b b<a other": "a b other", // a circle: config has said so
	} {
		c := &config.Config{}
		for _, text := range strings.Fields(declared) {
			name, need, reads := strings.Cut(text, "<")
			m := &config.Model{}
			m.Addr = addr.Address{Type: "model", Name: name}
			if reads {
				m.DependsOn = []config.Ref{{Addr: addr.Address{Type: "model", Name: need}}}
			}
			c.Models = append(c.Models, m)
		}
		var got []string
		for _, m := range modelsInOrder(c) {
			got = append(got, m.Addr.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", declared, strings.Join(got, " "), want)
		}
	}
}
