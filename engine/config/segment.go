package config

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/graph"
	"github.com/zclconf/go-cty/cty"
)

var segmentSpec = &blockSpec{
	doc: "A set of customers.", labels: []string{"name"},
	args: []arg{
		{name: "of", kind: kindRef, refs: []string{"identity"}, required: true, doc: "Whose customers: identity.customer."},
		{name: "where", kind: kindSQL, doc: "Condition over attributes, traits and identifiers of the profile."},
		{name: "include", kind: kindRefs, refs: []string{"segment"}, doc: "Segments whose members are in this one as well."},
		{name: "exclude", kind: kindRefs, refs: []string{"segment"}, doc: "Segments whose members are never in this one."},
		{name: "holdout", kind: kindRatio, typ: cty.Number, doc: "Share of the members that is never sent anywhere, 0 to 1."},
		tagsArg,
	},
	blocks: []nested{guardBlock("segment")},
	later:  []string{"priority_list"},
}

func (l *loader) readSegment(in *instance) {
	b := l.block(in.syntax, in.context(l.full), segmentSpec, in.addr.String())
	if !b.labelled {
		return
	}
	s := &Segment{
		Of: b.ref("of"), Where: b.sql("where"), Include: b.refs("include"), Exclude: b.refs("exclude"), Holdout: b.ratio("holdout", 0), Ranges: b.ranges(),
	}
	if b.attr("where") == nil && b.attr("include") == nil {
		b.err("config.missing_argument", "Missing argument", sentence(b.in)+" needs `where`, a condition over the profile, or `include`, segments it is made of. Everybody is where = \"true\".", b.header)
	}
	s.Block = b.base(in.addr)
	s.Guards = b.guards("segment")
	l.cfg.Segments = append(l.cfg.Segments, s)
}

// checkSegments compares the identities of segments that are made of one another.
func (l *loader) checkSegments() {
	of := map[addr.Address]addr.Address{}
	for _, s := range l.cfg.Segments {
		of[s.Addr] = s.Of.Addr
	}
	for _, s := range l.cfg.Segments {
		for _, r := range append(append([]Ref{}, s.Include...), s.Exclude...) {
			if other := of[r.Addr]; other != s.Of.Addr && other.Name != "" && s.Of.Addr.Name != "" {
				l.add(diag.NewError("segment.other_identity", "Segment of another identity", fmt.Sprintf(
					"%s is of %s, and %s of %s: their members are not the same kind of customers.", s.Addr, s.Of.Addr, r.Addr, other), &r.Range).
					About(s.Addr.String()).Inside(fmt.Sprintf("segment %q", s.Addr.Name)))
			}
		}
	}
}

// checkCycles refuses blocks that depend on themselves, naming every member with its line.
func (l *loader) checkCycles() {
	g := graph.New(addr.Compare)
	at := map[[2]addr.Address]diag.Range{}
	for _, b := range l.cfg.sorted {
		g.Add(b.Addr)
		for _, r := range b.DependsOn {
			g.Connect(b.Addr, r.Addr)
			at[[2]addr.Address{b.Addr, r.Addr}] = r.Range
		}
	}
	for _, cycle := range g.Cycles() {
		var lines []string
		for i, from := range cycle {
			to := cycle[(i+1)%len(cycle)]
			r := at[[2]addr.Address{from, to}]
			lines = append(lines, fmt.Sprintf("%s needs %s (%s line %d)", from, to, r.File, r.Start.Line))
		}
		first := at[[2]addr.Address{cycle[0], cycle[1%len(cycle)]}]
		l.add(diag.NewError("config.cycle", "Blocks depend on themselves", strings.Join(lines, "; ")+". Take one of these references out.", &first).
			About(cycle[0].String()).Inside(fmt.Sprintf("%s %q", cycle[0].Type, cycle[0].Name)))
	}
}

func (l *loader) checkAll() {
	l.cfg.index()
	l.checkTraits()
	l.checkSegments()
	l.checkSyncs()
	l.checkCycles()
}
