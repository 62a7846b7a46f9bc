package graph

import (
	"fmt"
	"slices"
	"strings"
)

// Graph has nodes of type K and edges from a node to what it depends on.
type Graph[K comparable] struct {
	compare func(a, b K) int
	needs   map[K]map[K]bool
}

// New makes an empty graph. compare decides among nodes that could come in any order.
func New[K comparable](compare func(a, b K) int) *Graph[K] {
	return &Graph[K]{compare: compare, needs: map[K]map[K]bool{}}
}

// Add adds a node; one that is there already stays as it is.
func (g *Graph[K]) Add(node K) {
	if g.needs[node] == nil {
		g.needs[node] = map[K]bool{}
	}
}

// Connect says that node depends on need, and adds both.
func (g *Graph[K]) Connect(node, need K) {
	g.Add(node)
	g.Add(need)
	g.needs[node][need] = true
}

// Has reports whether the node is there.
func (g *Graph[K]) Has(node K) bool { return g.needs[node] != nil }

// Nodes are all nodes, sorted.
func (g *Graph[K]) Nodes() []K {
	nodes := make([]K, 0, len(g.needs))
	for n := range g.needs {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, g.compare)
	return nodes
}

// Needs are the nodes a node depends on, sorted.
func (g *Graph[K]) Needs(node K) []K { return g.sorted(g.needs[node]) }

// NeededBy are the nodes that depend on a node, sorted.
func (g *Graph[K]) NeededBy(node K) []K {
	set := map[K]bool{}
	for n, needs := range g.needs {
		if needs[node] {
			set[n] = true
		}
	}
	return g.sorted(set)
}

// Upstream are the given nodes and everything they depend on, sorted.
func (g *Graph[K]) Upstream(nodes ...K) []K {
	return g.reach(nodes, func(n K) map[K]bool { return g.needs[n] })
}

// Downstream are the given nodes and everything that depends on them, sorted.
func (g *Graph[K]) Downstream(nodes ...K) []K {
	back := g.reverse()
	return g.reach(nodes, func(n K) map[K]bool { return back[n] })
}

func (g *Graph[K]) reverse() map[K]map[K]bool {
	back := map[K]map[K]bool{}
	for n, needs := range g.needs {
		for need := range needs {
			if back[need] == nil {
				back[need] = map[K]bool{}
			}
			back[need][n] = true
		}
	}
	return back
}

func (g *Graph[K]) reach(from []K, next func(K) map[K]bool) []K {
	seen := map[K]bool{}
	todo := slices.Clone(from)
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[n] || !g.Has(n) {
			continue
		}
		seen[n] = true
		for need := range next(n) {
			todo = append(todo, need)
		}
	}
	return g.sorted(seen)
}

func (g *Graph[K]) sorted(set map[K]bool) []K {
	out := make([]K, 0, len(set))
	for n := range set {
		out = append(out, n)
	}
	slices.SortFunc(out, g.compare)
	return out
}

// CycleError says that nodes depend on themselves. Each cycle begins with its smallest member; each member depends on
// the next, the last on the first.
type CycleError[K comparable] struct{ Cycles [][]K }

func (e *CycleError[K]) Error() string {
	var lines []string
	for _, c := range e.Cycles {
		var names []string
		for _, n := range append(slices.Clone(c), c[0]) {
			names = append(names, fmt.Sprint(n))
		}
		lines = append(lines, strings.Join(names, " → "))
	}
	return "cycle: " + strings.Join(lines, "; ")
}
