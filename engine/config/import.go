package config

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
)

var importSpec = &blockSpec{
	doc:  "A sync's tool has records already: they are read back first, and only what differs is sent.",
	args: []arg{{name: "to", kind: kindRaw, required: true, doc: "The sync that takes them over: sync.vips_crm."}},
}

// Import says that a sync adopts what its tool has already.
type Import struct {
	To    addr.Address
	Range diag.Range
}

func (l *loader) readImports() {
	for _, syntax := range l.blocks["import"] {
		b := l.block(syntax, l.full, importSpec, "")
		to, ok := b.target("to")
		if !ok || l.undeterminable(to) {
			continue
		}
		if to.Type != "sync" {
			b.err("import.not_a_sync", "Only a sync is imported", fmt.Sprintf("%s has nothing in a tool. `import` takes a sync: what its tool has already is adopted.", to.Address), &to.at)
			continue
		}
		if !l.declared(to) {
			b.err("import.not_declared", "Import to nothing", fmt.Sprintf("The code declares no %s.", to.Address)+l.suggest(to), &to.at)
			continue
		}
		for _, s := range l.cfg.Syncs {
			if to.covers(s.Addr) {
				s.Import = "readback"
			}
		}
		l.cfg.Imports = append(l.cfg.Imports, &Import{To: to.Address, Range: *b.header})
	}
}
