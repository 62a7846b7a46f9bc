package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/graph"
)

// Blocks are all blocks with an address, streams too, in order of address.
func (c *Config) Blocks() []*Block {
	if c.sorted != nil {
		return c.sorted
	}
	var all []*Block
	for _, s := range c.Sources {
		all = append(all, &s.Block)
		for _, st := range s.Streams {
			all = append(all, &st.Block)
		}
	}
	for _, b := range c.Models {
		all = append(all, &b.Block)
	}
	for _, b := range c.Identities {
		all = append(all, &b.Block)
	}
	for _, b := range c.Traits {
		all = append(all, &b.Block)
	}
	for _, b := range c.Segments {
		all = append(all, &b.Block)
	}
	for _, b := range c.Destinations {
		all = append(all, &b.Block)
	}
	for _, b := range c.Syncs {
		all = append(all, &b.Block)
	}
	names := make(map[*Block]string, len(all))
	for _, b := range all {
		names[b] = b.Addr.String()
	}
	slices.SortStableFunc(all, func(a, b *Block) int { return strings.Compare(names[a], names[b]) })
	return all
}

// index is made once a Config is whole.
func (c *Config) index() {
	c.sorted = c.Blocks()
	c.byAddr = make(map[addr.Address]*Block, len(c.sorted))
	for _, b := range c.sorted {
		c.byAddr[b.Addr] = b
	}
}

// Block finds a block or stream by its address.
func (c *Config) Block(a addr.Address) (*Block, bool) {
	if c.byAddr != nil {
		b, ok := c.byAddr[a]
		return b, ok
	}
	for _, b := range c.Blocks() {
		if b.Addr == a {
			return b, true
		}
	}
	return nil, false
}

// Digest is the SHA-256 of the meaning of all blocks: equal digests mean that the projects say the same.
func (c *Config) Digest() string {
	hash := sha256.New()
	for _, b := range c.Blocks() {
		fmt.Fprintf(hash, "%s\n%s\n", b.Addr, b.Definition)
	}
	for _, line := range c.aside() {
		fmt.Fprintln(hash, line)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// Graph is every block that is computed or carried out, and what it depends on: streams, models, identities, traits,
// segments, destinations, syncs. A segment depends on all traits of its identity, for its `where` may name any of
// them. A destination depends on nothing.
func (c *Config) Graph() *graph.Graph[addr.Address] {
	g := graph.New(addr.Compare)
	for _, b := range c.Blocks() {
		if b.Addr.Type == "source" && b.Addr.Member == "" {
			continue
		}
		g.Add(b.Addr)
		for _, need := range b.DependsOn {
			g.Connect(b.Addr, need.Addr)
		}
	}
	traits := map[addr.Address][]addr.Address{}
	for _, t := range c.Traits {
		traits[t.Of.Addr] = append(traits[t.Of.Addr], t.Addr)
	}
	connect := func(node, identity addr.Address) {
		for _, t := range traits[identity] {
			g.Connect(node, t)
		}
	}
	for _, s := range c.Segments {
		connect(s.Addr, s.Of.Addr)
	}
	for _, s := range c.Syncs {
		if s.From.Addr.Type == "identity" { // a segment has them already
			connect(s.Addr, s.Identity)
		}
		if s.Identity != (addr.Address{}) {
			g.Connect(s.Addr, s.Identity)
		}
	}
	return g
}

// Source finds a source by its address; nil when there is none. The other finders do the same.
func (c *Config) Source(a addr.Address) *Source {
	return find(c.Sources, a, func(b *Source) addr.Address { return b.Addr })
}

// Stream finds a stream by its address.
func (c *Config) Stream(a addr.Address) *Stream {
	if s := c.Source(a.Parent()); s != nil {
		return find(s.Streams, a, func(b *Stream) addr.Address { return b.Addr })
	}
	return nil
}

// Model finds a model by its address.
func (c *Config) Model(a addr.Address) *Model {
	return find(c.Models, a, func(b *Model) addr.Address { return b.Addr })
}

// Identity finds an identity by its address.
func (c *Config) Identity(a addr.Address) *Identity {
	return find(c.Identities, a, func(b *Identity) addr.Address { return b.Addr })
}

// Segment finds a segment by its address.
func (c *Config) Segment(a addr.Address) *Segment {
	return find(c.Segments, a, func(b *Segment) addr.Address { return b.Addr })
}

// Destination finds a destination by its address.
func (c *Config) Destination(a addr.Address) *Destination {
	return find(c.Destinations, a, func(b *Destination) addr.Address { return b.Addr })
}

func find[T any](list []*T, a addr.Address, address func(*T) addr.Address) *T {
	for _, b := range list {
		if address(b) == a {
			return b
		}
	}
	return nil
}
