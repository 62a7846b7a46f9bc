package graph

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func build(edges ...string) *Graph[string] {
	g := New(cmp.Compare[string])
	for _, e := range edges {
		node, needs, _ := strings.Cut(e, ":")
		g.Add(node)
		for _, need := range strings.Fields(needs) {
			g.Connect(node, need)
		}
	}
	return g
}

func TestOrder(t *testing.T) {
	g := build("d: b c", "c: a", "b: a", "e", "z: a")
	order, err := g.Order()
	if err != nil || strings.Join(order, "") != "abcdez" {
		t.Errorf("order %v, %v", order, err)
	}
	if got := g.Upstream("d"); strings.Join(got, "") != "abcd" {
		t.Errorf("upstream of d: %v", got)
	}
	if got := g.Downstream("b"); strings.Join(got, "") != "bd" {
		t.Errorf("downstream of b: %v", got)
	}
	if got := g.NeededBy("a"); strings.Join(got, "") != "bcz" {
		t.Errorf("needed by: %v", got)
	}
	if got := g.Upstream("nothing"); len(got) != 0 {
		t.Errorf("upstream of nothing: %v", got)
	}
}

func TestWalkStops(t *testing.T) {
	stop := errors.New("stop")
	var seen []string
	err := build("c: b", "b: a").Walk(func(n string) error {
		seen = append(seen, n)
		if n == "b" {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || strings.Join(seen, "") != "ab" {
		t.Errorf("saw %v, %v", seen, err)
	}
}

func TestCycles(t *testing.T) {
	tests := []struct {
		edges []string
		want  [][]string
	}{
		{[]string{"a: b", "b: c"}, nil},
		{[]string{"a: a"}, [][]string{{"a"}}},
		{[]string{"c: a", "b: c", "a: b", "d: a"}, [][]string{{"a", "b", "c"}}},
		{[]string{"x: y", "y: x", "a: b", "b: a", "b: x"}, [][]string{{"a", "b"}, {"x", "y"}}},
		{[]string{"a: b c", "b: c", "c: a"}, [][]string{{"a", "c"}}},
	}
	for _, tt := range tests {
		g := build(tt.edges...)
		if diff := gocmp.Diff(tt.want, g.Cycles()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.edges, diff)
		}
		_, err := g.Order()
		var cycle *CycleError[string]
		if errors.As(err, &cycle) != (tt.want != nil) {
			t.Errorf("%v: order gives %v", tt.edges, err)
		}
	}
	if _, err := build("a: b", "b: a").Order(); err == nil || err.Error() != "cycle: a → b → a" {
		t.Errorf("error %v", err)
	}
}

func TestLongChain(t *testing.T) {
	g := New(cmp.Compare[int])
	for i := range 50000 {
		g.Connect(i, i+1)
	}
	if order, err := g.Order(); err != nil || order[0] != 50000 {
		t.Errorf("%v", err)
	}
	g.Connect(50000, 0)
	if cycles := g.Cycles(); len(cycles) != 1 || len(cycles[0]) != 50001 {
		t.Error("the cycle through all of them is not found")
	}
}

// TestProperties: on random graphs, the order puts needs first whatever the order of adding, and there is an order
// exactly when no node reaches itself.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "nodes")
		edges := rapid.SliceOf(rapid.Custom(func(t *rapid.T) [2]int {
			return [2]int{rapid.IntRange(0, n-1).Draw(t, "from"), rapid.IntRange(0, n-1).Draw(t, "to")}
		})).Draw(t, "edges")
		g, back := New(cmp.Compare[int]), New(cmp.Compare[int])
		for i := range n {
			g.Add(i)
			back.Add(n - 1 - i)
		}
		for i, e := range edges {
			g.Connect(e[0], e[1])
			back.Connect(edges[len(edges)-1-i][0], edges[len(edges)-1-i][1])
		}
		cyclic := slices.ContainsFunc(g.Nodes(), func(v int) bool {
			return len(g.Upstream(g.Needs(v)...)) > 0 && slices.Contains(g.Upstream(g.Needs(v)...), v)
		})
		order, err := g.Order()
		if (err != nil) != cyclic || (len(g.Cycles()) > 0) != cyclic {
			t.Fatalf("cyclic %v, but order says %v", cyclic, err)
		}
		again, _ := back.Order()
		if !slices.Equal(order, again) {
			t.Fatalf("%v and %v of one graph", order, again)
		}
		for i, v := range order {
			for _, need := range g.Needs(v) {
				if slices.Index(order, need) >= i {
					t.Fatalf("%d comes before %d, which it needs", v, need)
				}
			}
		}
		for _, c := range g.Cycles() {
			for i, v := range c {
				if !slices.Contains(g.Needs(v), c[(i+1)%len(c)]) {
					t.Fatalf("%v is no cycle", c)
				}
			}
		}
	})
}
