package graph

import (
	"container/heap"
	"slices"
)

// Order gives every node after all it depends on; among those that could come next, the smallest comes first.
// A graph with cycles gives a *CycleError.
func (g *Graph[K]) Order() ([]K, error) {
	back := g.reverse()
	open := make(map[K]int, len(g.needs))
	ready := &queue[K]{compare: g.compare}
	for n, needs := range g.needs {
		if open[n] = len(needs); len(needs) == 0 {
			ready.nodes = append(ready.nodes, n)
		}
	}
	heap.Init(ready)
	order := make([]K, 0, len(g.needs))
	for ready.Len() > 0 {
		n := heap.Pop(ready).(K)
		order = append(order, n)
		for next := range back[n] {
			if open[next]--; open[next] == 0 {
				heap.Push(ready, next)
			}
		}
	}
	if len(order) < len(g.needs) {
		return nil, &CycleError[K]{Cycles: g.Cycles()}
	}
	return order, nil
}

// Walk calls visit on every node in order and stops at the first error.
func (g *Graph[K]) Walk(visit func(K) error) error {
	order, err := g.Order()
	if err != nil {
		return err
	}
	for _, n := range order {
		if err := visit(n); err != nil {
			return err
		}
	}
	return nil
}

// Cycles finds one cycle for each set of nodes that can all reach one another; a node that needs itself is one too.
func (g *Graph[K]) Cycles() [][]K {
	var cycles [][]K
	for _, part := range g.components() {
		if len(part) > 1 || g.needs[part[0]][part[0]] {
			cycles = append(cycles, g.shortest(part))
		}
	}
	slices.SortFunc(cycles, func(a, b []K) int { return g.compare(a[0], b[0]) })
	return cycles
}

// shortest is the shortest way from the smallest node of a component back to itself.
func (g *Graph[K]) shortest(part []K) []K {
	slices.SortFunc(part, g.compare)
	start := part[0]
	inside := map[K]bool{}
	for _, n := range part {
		inside[n] = true
	}
	from := map[K]K{}
	todo := []K{start}
	for len(todo) > 0 {
		n := todo[0]
		todo = todo[1:]
		for _, need := range g.Needs(n) {
			if need == start {
				return path(from, start, n)
			}
			if _, seen := from[need]; inside[need] && !seen {
				from[need] = n
				todo = append(todo, need)
			}
		}
	}
	return part
}

func path[K comparable](from map[K]K, start, end K) []K {
	out := []K{end}
	for end != start {
		end = from[end]
		out = append(out, end)
	}
	slices.Reverse(out)
	return out
}

// components are the strongly connected components (Tarjan), found without recursion so that a chain of any length
// is no danger to the stack.
func (g *Graph[K]) components() [][]K {
	t := tarjan[K]{g: g, index: map[K]int{}, low: map[K]int{}, onStack: map[K]bool{}}
	for _, n := range g.Nodes() {
		if _, seen := t.index[n]; !seen {
			t.visit(n)
		}
	}
	return t.found
}

type tarjan[K comparable] struct {
	g          *Graph[K]
	index, low map[K]int
	onStack    map[K]bool
	stack      []K
	found      [][]K
}

type frame[K comparable] struct {
	node  K
	needs []K // not visited yet; their order decides nothing: the members of a component are the same
}

func (t *tarjan[K]) open(n K) frame[K] {
	t.index[n] = len(t.index)
	t.low[n] = t.index[n]
	t.stack = append(t.stack, n)
	t.onStack[n] = true
	needs := make([]K, 0, len(t.g.needs[n]))
	for need := range t.g.needs[n] {
		needs = append(needs, need)
	}
	return frame[K]{n, needs}
}

func (t *tarjan[K]) visit(root K) {
	frames := []frame[K]{t.open(root)}
	for len(frames) > 0 {
		f := &frames[len(frames)-1]
		if len(f.needs) > 0 {
			need := f.needs[0]
			f.needs = f.needs[1:]
			if _, seen := t.index[need]; !seen {
				frames = append(frames, t.open(need))
			} else if t.onStack[need] {
				t.low[f.node] = min(t.low[f.node], t.index[need])
			}
			continue
		}
		node := f.node
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			parent := frames[len(frames)-1].node
			t.low[parent] = min(t.low[parent], t.low[node])
		}
		if t.low[node] == t.index[node] {
			t.close(node)
		}
	}
}

func (t *tarjan[K]) close(root K) {
	i := slices.Index(t.stack, root)
	part := slices.Clone(t.stack[i:])
	t.stack = t.stack[:i]
	for _, n := range part {
		t.onStack[n] = false
	}
	t.found = append(t.found, part)
}

// queue is a heap of nodes.
type queue[K comparable] struct {
	nodes   []K
	compare func(a, b K) int
}

func (q *queue[K]) Len() int           { return len(q.nodes) }
func (q *queue[K]) Less(i, j int) bool { return q.compare(q.nodes[i], q.nodes[j]) < 0 }
func (q *queue[K]) Swap(i, j int)      { q.nodes[i], q.nodes[j] = q.nodes[j], q.nodes[i] }
func (q *queue[K]) Push(n any)         { q.nodes = append(q.nodes, n.(K)) }
func (q *queue[K]) Pop() any {
	n := q.nodes[len(q.nodes)-1]
	q.nodes = q.nodes[:len(q.nodes)-1]
	return n
}
