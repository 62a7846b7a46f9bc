package identity_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSharedEmail(t *testing.T) {
	p := newProject(t, customer(), person{id: "a", user: "u1", email: "home@x.example"}, person{id: "b", user: "u2", email: "home@x.example"}, person{id: "c", email: "home@x.example"})
	got := p.run()
	if got["a"] == got["b"] || len(clusters(got)) != 2 {
		t.Errorf("clusters: %v", clusters(got))
	}
	t.Log(p.look("from wh.customer.rejections"), p.look("from wh.customer.identifiers order by all"))
}

func TestMergeAndBack(t *testing.T) {
	people := []person{{id: "a", email: "a@x.example"}, {id: "b", phone: "+14155552671"}, {id: "b2", phone: "415-555-2671"}}
	p := newProject(t, customer(), people...)
	first := p.run()
	p.streams["people"] = append(people, person{id: "c", email: "A@X.example", phone: "(415) 555 2671"})
	merged := p.run()
	if len(clusters(merged)) != 1 {
		t.Fatalf("clusters: %v %+v %+v", clusters(merged), p.last.Counts, p.last.Deltas)
	}
	t.Log(p.look("from wh.customer.redirects"), p.look("from wh.customer.history"), p.last.Counts, p.last.Largest)
	p.streams["people"] = people
	if diff := cmp.Diff(first, p.run()); diff != "" {
		t.Error(diff)
	}
	t.Log(p.look("from wh.customer.redirects"), p.look("from wh.customer.history"), p.last.Counts, p.last.Largest)
	p.run()
	if p.last.Changed() {
		t.Errorf("a second run changes %v", p.last.Deltas)
	}
}
