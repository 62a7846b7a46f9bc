package identity

import "slices"

// constrained joins records and values edge by edge, in the order given, and refuses every edge that would bring two
// values of a unique identifier into one set. Records are 0…n−1, the nodes of values follow.
type constrained struct {
	up     []int32
	size   []int32
	unique [][]int32 // by unique identifier, by root: the number of its value, 0: none
	cuts   []cut
}

// cut is a refused edge: its place in the order, the unique identifier, and the two values that stay apart.
type cut struct {
	seq         int32
	identifier  int
	left, right int32
}

func newConstrained(nodes, uniques int) *constrained {
	c := &constrained{up: make([]int32, nodes), size: make([]int32, nodes), unique: make([][]int32, uniques)}
	for i := range c.up {
		c.up[i], c.size[i] = int32(i), 1
	}
	for i := range c.unique {
		c.unique[i] = make([]int32, nodes)
	}
	return c
}

// claim says that a node has a value of a unique identifier. The first claim of a node stands; ok is false for another.
func (c *constrained) claim(node int32, unique int, value int32) bool {
	if c.unique[unique][node] == 0 {
		c.unique[unique][node] = value
	}
	return c.unique[unique][node] == value
}

func (c *constrained) find(x int32) int32 {
	for c.up[x] != x {
		c.up[x] = c.up[c.up[x]]
		x = c.up[x]
	}
	return x
}

// join tries one edge.
func (c *constrained) join(seq, a, b int32) {
	a, b = c.find(a), c.find(b)
	if a == b {
		return
	}
	for i, values := range c.unique {
		if l, r := values[a], values[b]; l != 0 && r != 0 && l != r {
			c.cuts = append(c.cuts, cut{seq, i, min(l, r), max(l, r)})
			return
		}
	}
	if c.size[a] < c.size[b] {
		a, b = b, a
	}
	c.up[b] = a
	c.size[a] += c.size[b]
	for _, values := range c.unique {
		values[a] = max(values[a], values[b])
	}
}

// labels gives each of the first n nodes the smallest of them in its set.
func (c *constrained) labels(n int) []int32 {
	out := make([]int32, n)
	first := slices.Repeat([]int32{-1}, len(c.up))
	for i := range out {
		root := c.find(int32(i))
		if first[root] < 0 {
			first[root] = int32(i)
		}
		out[i] = first[root]
	}
	return out
}
