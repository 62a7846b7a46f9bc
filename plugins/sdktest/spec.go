package sdktest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

var (
	connectorName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	argumentName  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	version       = regexp.MustCompile(`^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)
)

// checkSpec: the spec is complete, documented, the same each time and survives the wire.
func checkSpec(t *testing.T, p place) {
	got, err := p.start(t).Spec(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mine, err := json.Marshal(p.c.Connector.Spec)
	if err != nil {
		t.Fatal(err)
	}
	if theirs, _ := json.Marshal(got); string(theirs) != string(mine) {
		t.Errorf("the spec changes on its way:\n%s\n%s", mine, theirs)
	}
	if !connectorName.MatchString(got.Name) {
		t.Errorf("name %q: small letters, digits, _ and - only", got.Name)
	}
	if !version.MatchString(got.Version) {
		t.Errorf("version %q is not like 1.2.3", got.Version)
	}
	if got.Doc == "" {
		t.Error("the connector has no doc")
	}
	if got.Source != nil {
		checkBlockSpec(t, "source", got.Source.Block)
		checkBlockSpec(t, "stream", got.Source.Stream)
	}
	if got.Destination != nil {
		checkBlockSpec(t, "destination", got.Destination.Block)
	}
}

func checkBlockSpec(t *testing.T, at string, b schema.Block) {
	seen := map[string]bool{}
	name := func(n string) {
		if !argumentName.MatchString(n) {
			t.Errorf("%s.%s: small letters, digits and _ only", at, n)
		}
		if seen[n] {
			t.Errorf("%s.%s is there twice", at, n)
		}
		seen[n] = true
	}
	for _, a := range b.Args {
		name(a.Name)
		if err := argProblem(a); err != nil {
			t.Errorf("%s.%s: %v", at, a.Name, err)
		}
	}
	for _, n := range b.Blocks {
		name(n.Name)
		if n.Max > 0 && n.Max < n.Min {
			t.Errorf("%s.%s: at least %d and at most %d", at, n.Name, n.Min, n.Max)
		}
		checkBlockSpec(t, at+"."+n.Name, n.Block)
	}
}

func argProblem(a schema.Arg) error {
	switch {
	case a.Doc == "":
		return fmt.Errorf("it has no doc")
	case a.Required && a.Default != cty.NilVal:
		return fmt.Errorf("it is required and has a default")
	case len(a.OneOf) > 0 && a.Type != cty.String:
		return fmt.Errorf("it has a choice of strings and is no string")
	case (a.Path || a.Jq) && a.Type != cty.String && a.Type != cty.DynamicPseudoType && !a.Type.IsCollectionType():
		return fmt.Errorf("a path or a program is a string")
	}
	if a.Default != cty.NilVal {
		if _, err := convert.Convert(a.Default, a.Type); err != nil {
			return fmt.Errorf("its default is of another type: %w", err)
		}
	}
	return nil
}

// checkRoles: a connector is what its spec says, and refuses to be what it is not.
func checkRoles(t *testing.T, p place) {
	c := p.c.Connector
	if (c.Source != nil) != (c.Spec.Source != nil) || (c.Destination != nil) != (c.Spec.Destination != nil) {
		t.Error("spec and code do not agree on what the connector is")
	}
	if c.Source == nil && c.Destination == nil {
		t.Error("the connector is neither source nor destination")
	}
	running := p.start(t)
	for role, has := range map[string]bool{wire.RoleSource: c.Source != nil, wire.RoleDestination: c.Destination != nil} {
		if has {
			continue
		}
		if _, err := running.Validate(t.Context(), role, wire.Call{Settings: wire.Settings("{}")}); err == nil {
			t.Errorf("it validates settings as a %s, which it is not", role)
		}
	}
}
