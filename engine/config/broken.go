package config

import (
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
)

// All mistakes of a project are told in one run, so the checks that follow go on with a config that has some. They ask
// here what they can rely on, and stay silent about what is only the consequence of a mistake that was told.

// Usable reports whether there is anything to go on with: every file could be parsed, and this version may run it.
func (c *Config) Usable() bool { return c.loader == nil || !c.loader.unusable }

// Broken reports whether a block has a mistake of its own, or a value that some other mistake made unknown.
func (c *Config) Broken(a addr.Address) bool {
	return c.loader != nil && c.loader.broken[a.String()]
}

// Open reports whether a block may give more names than could be read: columns of an identity's profile, fields of a sync,
// objects of a destination. A name nobody knows means nothing there: the missing one may be meant.
func (c *Config) Open(a addr.Address) bool {
	return c.loader != nil && (c.loader.open[a.String()] || c.loader.traitLost && a.Type == "identity")
}

// add tells a diagnostic. A block that it is about is broken.
func (l *loader) add(d diag.Diagnostic) {
	l.diags = append(l.diags, d)
	if d.Severity == diag.Error && d.Address != "" {
		l.broken[d.Address] = true
	}
}

// lacks notes that a part of the block was left out without a word: the mistake was told elsewhere.
func (b *block) lacks() { b.l.broken[b.address] = true }

// incomplete notes that names the block gives may be missing.
func (b *block) incomplete() { b.l.open[b.address] = true }
