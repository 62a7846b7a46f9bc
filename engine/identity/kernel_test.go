package identity

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// groups numbers sets by their smallest member, the slow and obvious way: spread the smallest number until nothing moves.
func groups(n int, edges [][2]int32) []int32 {
	label := make([]int32, n)
	for i := range label {
		label[i] = int32(i)
	}
	for moved := true; moved; {
		moved = false
		for _, e := range edges {
			low := min(label[e[0]], label[e[1]])
			moved = moved || label[e[0]] != low || label[e[1]] != low
			label[e[0]], label[e[1]] = low, low
		}
	}
	return label
}

func drawEdges(t *rapid.T, n int) [][2]int32 {
	node := rapid.Int32Range(0, int32(n-1))
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) [2]int32 { return [2]int32{node.Draw(t, "a"), node.Draw(t, "b")} }), 0, 2*n).Draw(t, "edges")
}

func TestUnionsAreComponents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		edges := drawEdges(t, n)
		u := newUnions(n)
		for _, e := range edges {
			u.join(e[0], e[1])
		}
		if got, want := u.flatten(), groups(n, edges); !slices.Equal(got, want) {
			t.Fatalf("%v: %v, want %v", edges, got, want)
		}
	})
}

// Without unique identifiers the constrained kernel gives components too; with them, no set has two values, and every
// refused edge would have brought two together.
func TestConstrainedKernel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		edges := drawEdges(t, n)
		values := rapid.SliceOfN(rapid.Int32Range(0, 3), n, n).Draw(t, "values")
		free, bound := newConstrained(n, 0), newConstrained(n, 1)
		for i, v := range values {
			if v > 0 {
				bound.claim(int32(i), 0, v)
			}
		}
		for i, e := range edges {
			free.join(int32(i), e[0], e[1])
			bound.join(int32(i), e[0], e[1])
		}
		if got, want := free.labels(n), groups(n, edges); !slices.Equal(got, want) {
			t.Fatalf("free: %v, want %v", got, want)
		}
		labels := bound.labels(n)
		has := map[int32]int32{}
		for i, v := range values {
			if v > 0 && has[labels[i]] > 0 && has[labels[i]] != v {
				t.Fatalf("set %d has values %d and %d", labels[i], has[labels[i]], v)
			}
			if v > 0 {
				has[labels[i]] = v
			}
		}
		cut := map[int32]bool{}
		for _, c := range bound.cuts {
			cut[c.seq] = true
			e := edges[c.seq]
			if labels[e[0]] == labels[e[1]] || has[labels[e[0]]] == has[labels[e[1]]] {
				t.Fatalf("edge %v was refused for nothing", e)
			}
		}
		for i, e := range edges {
			if !cut[int32(i)] && labels[e[0]] != labels[e[1]] {
				t.Fatalf("edge %v was neither joined nor refused", e)
			}
		}
	})
}

func TestAnchorIsTheSmallestRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfN(rapid.StringN(0, 5, 8), 1, 30).Draw(t, "keys")
		places := rapid.SliceOfN(rapid.Int32Range(0, 2), len(keys), len(keys)).Draw(t, "places")
		a := newAnchors(1)
		best := 0
		for i := range keys {
			a.offer(0, places[i], keys[i])
			if compareAnchors(places[i], []byte(keys[i]), places[best], []byte(keys[best])) < 0 {
				best = i
			}
		}
		a.each(func(_, place int32, key string) {
			if place != places[best] || key != keys[best] {
				t.Fatalf("anchor is %d %q, smallest %d %q", place, key, places[best], keys[best])
			}
		})
	})
}

// Whatever ids ask for, no cluster gets two, no id two clusters, and every id that shares a member with a cluster that is
// left free has one.
func TestInheritanceIsAMatching(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []candidate
		for label := range int32(rapid.IntRange(1, 6).Draw(t, "clusters")) {
			for _, id := range []string{"a", "b", "c", "d"} {
				if n := rapid.Int64Range(-3, 4).Draw(t, "shared"); n > 0 {
					all = append(all, candidate{label: label, id: id, records: n, of: 9, since: rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "since"), first: fmt.Sprint(id, label)})
				}
			}
		}
		got := inheritance(all, nil, map[int32]int64{}, rapid.Bool().Draw(t, "largest"))
		byID, byLabel := map[string]int32{}, map[int32]string{}
		for _, d := range got {
			if _, twice := byID[d.id]; twice || byLabel[d.label] != "" {
				t.Fatalf("%v: twice", got)
			}
			byID[d.id], byLabel[d.label] = d.label, d.id
		}
		for _, c := range all {
			if _, placed := byID[c.id]; !placed && byLabel[c.label] == "" {
				t.Fatalf("%s and %d are left alone: %v", c.id, c.label, got)
			}
		}
		shuffled := rapid.Permutation(all).Draw(t, "order")
		if again := inheritance(shuffled, nil, map[int32]int64{}, false); !slices.Equal(again, inheritance(all, nil, map[int32]int64{}, false)) {
			t.Fatalf("it depends on the order: %v", again)
		}
	})
}
