package activation

import (
	"context"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
)

func compileWith(t *testing.T, change func(*config.Sync, *schema.Object)) (*Spec, diag.Diagnostics) {
	t.Helper()
	p := newProject(t)
	object := p.tool.object
	object.Key, object.Fields = []string{"email"}, []string{"first_name", "ltv", "status"}
	change(p.sync, &object)
	an, err := analyzer()
	p.must(err)
	return Compile(context.Background(), Given{Sync: p.sync, Object: &object, Columns: profileTable.Columns}, an)
}

func TestMistakes(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Sync, *schema.Object)
		code   string
		says   string
	}{
		"a mode the object cannot do": {func(s *config.Sync, _ *schema.Object) { s.Mode, s.OnLeave = "append", config.Leave{} },
			"activation.mode", "It can be: mirror, upsert and insert."},
		"leaving by a way the object has not": {func(s *config.Sync, _ *schema.Object) { s.OnLeave.Rule = "delete" },
			"activation.on_leave", `on_leave can be "remove", { update = … } and "keep"`},
		"a key the object has not": {func(s *config.Sync, _ *schema.Object) { s.Key[0].Name = "emial" },
			"activation.unknown_key", `Did you mean "email"?`},
		"a key that is missing": {func(s *config.Sync, o *schema.Object) { o.Key = []string{"email", "list"} },
			"activation.missing_key", `needs "list" in its key`},
		"a field the object has not": {func(s *config.Sync, _ *schema.Object) { s.Fields[0].Name = "first_nam" },
			"activation.unknown_field", `Did you mean "first_name"?`},
		"an unknown column": {func(s *config.Sync, _ *schema.Object) { s.Fields[0] = mapping("first_name", "frist_name") },
			"sql.unknown_column", `first_name`},
		"a null policy of no field": {func(s *config.Sync, _ *schema.Object) { s.Null = map[string]string{"ltw": "clear"} },
			"activation.on_null_name", `Did you mean "ltv"?`},
		"an unknown normal form": {func(s *config.Sync, _ *schema.Object) { s.Hash = map[string]string{"email": "gogle"} },
			"activation.hash", `Did you mean "google"?`},
		"a whole set cannot keep leavers": {func(s *config.Sync, o *schema.Object) {
			o.WholeSet, o.Operations, s.OnLeave.Rule = true, []schema.Operation{{Op: schema.OpReplace}}, "keep"
		}, "activation.on_leave", "cannot leave by"},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := compileWith(t, c.change)
			for _, d := range diags {
				if d.Code == c.code && strings.Contains(d.Detail, c.says) && d.Address == "sync.vips" && d.Range != nil {
					return
				}
			}
			t.Errorf("no %s that says %q: %+v", c.code, c.says, diags)
		})
	}
	if _, diags := compileWith(t, func(*config.Sync, *schema.Object) {}); len(diags) > 0 {
		t.Errorf("nothing is wrong: %+v", diags)
	}
}

func TestFingerprintIsOfTheMeaning(t *testing.T) {
	of := func(change func(*config.Sync, *schema.Object)) string {
		s, _ := compileWith(t, change)
		return s.Fingerprint
	}
	same := of(func(*config.Sync, *schema.Object) {})
	for _, pair := range [][2]string{{"round(ltv, 1)", " ROUND( ltv,1 )  -- to tenths"}, {"ltv", " ltv "}} {
		a := of(func(s *config.Sync, _ *schema.Object) { s.Fields[1] = mapping("ltv", pair[0]) })
		b := of(func(s *config.Sync, _ *schema.Object) { s.Fields[1] = mapping("ltv", pair[1]) })
		if a != b {
			t.Errorf("%q and %q mean the same", pair[0], pair[1])
		}
	}
	for name, change := range map[string]func(*config.Sync, *schema.Object){
		"expression": func(s *config.Sync, _ *schema.Object) { s.Fields[1] = mapping("ltv", "ltv + 1") },
		"name":       func(s *config.Sync, _ *schema.Object) { s.Fields[1].Name = "status" },
		"mode":       func(s *config.Sync, _ *schema.Object) { s.Mode, s.OnLeave.Rule = "upsert", "" },
		"where":      func(s *config.Sync, _ *schema.Object) { s.Where = sqlOf("ltv > 1") },
		"null":       func(s *config.Sync, _ *schema.Object) { s.OnNull = "clear" },
		"guard":      func(s *config.Sync, _ *schema.Object) { s.Guards = []config.Guard{{Name: "max_remove", Limit: 3}} },
	} {
		if of(change) == same {
			t.Errorf("a change of %s is no change", name)
		}
	}
}

func TestUnknownObjectIsNotChecked(t *testing.T) {
	p := newProject(t)
	p.sync.Mode = "replace"
	an, err := analyzer()
	p.must(err)
	if _, diags := Compile(context.Background(), Given{Sync: p.sync}, an); len(diags) > 0 {
		t.Errorf("%+v", diags)
	}
}
