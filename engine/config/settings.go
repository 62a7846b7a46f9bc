package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

var connectorType = cty.ObjectWithOptionalAttrs(map[string]cty.Type{"source": cty.String, "version": cty.String, "path": cty.String}, []string{"source", "version", "path"})

var (
	warehouseSpec = &blockSpec{
		doc: "Where everything is kept.", labels: []string{"kind"},
		args: []arg{{name: "path", typ: cty.String, required: true, doc: "The database file, relative to this file. It is made when it is not there."}},
	}
	requiredSpec = &blockSpec{doc: "Connectors that are not built in, by name: { source, version } or { path } of an executable of your own.", open: true}
	planSpec     = &blockSpec{
		doc: "How far a saved plan may be from what apply meets.",
		args: []arg{
			{name: "expires", kind: kindDuration, doc: "How long a saved plan may be applied. Default 24h."},
			{name: "tolerance", kind: kindRatio, typ: cty.Number, doc: "How far counts may move, as a share of the approved ones. Default 0.2."},
			{name: "on_moved", typ: cty.String, oneOf: []string{"rebase", "fail", "frozen"}, doc: "What to do when the data moved since the plan. Default rebase."},
		},
	}
	settingsSpec = &blockSpec{
		doc: "Settings of the project.",
		args: []arg{
			{name: "required_version", typ: cty.String, doc: "Versions of cdp that may run this project: \">= 0.1\"."},
			{name: "parallelism", typ: cty.Number, doc: "How many things may be done at once. Default: the machine's cores."},
		},
		blocks: []nested{
			{name: "warehouse", spec: warehouseSpec, min: 1, max: 1},
			{name: "required_connectors", spec: requiredSpec, max: 1},
			{name: "plan", spec: planSpec, max: 1},
		},
		later: []string{"backend", "run"},
	}
)

func (l *loader) readSettings() {
	blocks := l.blocks["cdp"]
	if len(blocks) == 0 {
		l.err("config.missing_block", "Missing block", "A project has a block `cdp` that says where the warehouse is. In it stands: warehouse \"duckdb\" { path = \"warehouse.duckdb\" }", l.firstLine())
		return
	}
	for _, extra := range blocks[1:] {
		first := blocks[0].DefRange()
		l.err("config.duplicate", "Duplicate name", fmt.Sprintf("There is a block `cdp` already, on line %d of %s; a project has one.", first.Start.Line, first.Filename), diag.FromHCL(extra.DefRange()))
	}
	b := l.block(blocks[0], l.values, settingsSpec, "")
	s := &l.cfg.Settings
	s.Range = *b.header
	s.Parallelism = int(b.whole("parallelism", 1, 1024, 0))
	if w := b.one("warehouse"); w != nil {
		l.readWarehouse(w)
	}
	if p := b.one("plan"); p != nil {
		s.Plan.Expires = p.duration("expires")
		s.Plan.Tolerance = p.ratio("tolerance", -1)
		s.Plan.OnMoved = p.str("on_moved")
	}
	if r := b.one("required_connectors"); r != nil {
		for _, a := range sortedAttributes(r.syntax.Body) {
			l.readConnector(r, a)
		}
		for _, inner := range r.syntax.Body.Blocks {
			r.err("config.unknown_block", "Unknown block", "required_connectors has lines: name = { path = \"…\" }.", diag.FromHCL(inner.DefRange()))
		}
	}
	if want := b.str("required_version"); want != "" {
		b.checkVersion(want)
	}
}

func (l *loader) firstLine() *diag.Range {
	start := diag.Pos{Line: 1, Column: 1}
	return &diag.Range{File: l.names[0], Start: start, End: start}
}

func (l *loader) readWarehouse(b *block) {
	w := Warehouse{Range: *b.header, Path: b.str("path")}
	if b.labelled {
		if w.Kind = b.labels[0]; w.Kind != "duckdb" {
			b.err("config.unknown_warehouse", "Unknown warehouse", fmt.Sprintf("There is no warehouse %q. Known: duckdb.", w.Kind), b.header)
		}
	}
	w.Abs = l.abs(w.Path)
	l.cfg.Settings.Warehouse = w
}

func (l *loader) readConnector(b *block, a *hclsyntax.Attribute) {
	b.spec = &blockSpec{args: []arg{{name: a.Name, typ: connectorType}}, open: true}
	v, ok := b.value(a.Name)
	if !ok {
		return
	}
	c := RequiredConnector{Range: *diag.FromHCL(a.NameRange)}
	text := func(name string) string {
		if e := v.GetAttr(name); !e.IsNull() {
			return e.AsString()
		}
		return ""
	}
	for _, it := range b.items(a.Name) {
		if names := []string{"source", "version", "path"}; !contains(names, it.name) {
			b.err("config.unknown_key", "Unknown key", fmt.Sprintf("A required connector has no %q.", it.name)+diag.Suggest(it.name, names), &it.at)
		}
	}
	c.Source, c.Version, c.Path = text("source"), text("version"), text("path")
	switch {
	case c.Path == "" && c.Source == "":
		b.err("config.missing_argument", "Missing argument", fmt.Sprintf("Connector %q needs path = \"…\", an executable of your own.", a.Name), &c.Range)
	case c.Path == "":
		b.tell(notSupported("A connector from a registry (`source`)", &c.Range))
	default:
		c.Path = l.abs(c.Path)
	}
	l.cfg.Settings.Connectors[a.Name] = c
}

// checkVersion compares the running version with constraints such as ">= 0.1, < 2".
func (b *block) checkVersion(want string) {
	for _, part := range strings.Split(want, ",") {
		part = strings.TrimSpace(part)
		digits := strings.TrimLeft(part, "<>=!~ ")
		op := strings.TrimSpace(strings.TrimSuffix(part, digits))
		wanted, ok := parseVersion(digits)
		if known := []string{"", "=", "!=", ">", ">=", "<", "<=", "~>"}; !ok || !contains(known, op) {
			b.err("config.invalid_value", "Invalid value", fmt.Sprintf("`required_version` is conditions such as \">= 0.1\" or \"~> 1.2\", not %q.", part), b.at("required_version"))
			return
		}
		have, ok := parseVersion(b.l.opts.Version)
		if ok && !meets(have, op, wanted, strings.Count(digits, ".")) {
			b.l.unusable = true
			b.err("config.wrong_version", "Wrong version of cdp", fmt.Sprintf("The project needs cdp %s; this is %s.", want, b.l.opts.Version), b.at("required_version"))
			return
		}
	}
}

func parseVersion(text string) ([3]int, bool) {
	var v [3]int
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "v"), "-")
	parts := strings.Split(text, ".")
	if text == "" || len(parts) > 3 {
		return v, false
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 {
			return v, false
		}
		v[i] = n
	}
	return v, true
}

// meets compares versions; dots is how exactly the wanted one was written, for ~>.
func meets(have [3]int, op string, want [3]int, dots int) bool {
	c := 0
	for i := range have {
		if have[i] != want[i] {
			c = 1
			if have[i] < want[i] {
				c = -1
			}
			break
		}
	}
	switch op {
	case "!=":
		return c != 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case "~>":
		return c >= 0 && have[0] == want[0] && (dots < 2 || have[1] == want[1])
	}
	return c == 0
}
