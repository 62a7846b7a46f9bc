package identity_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/identity"
)

// describe writes a link as rule: record, value or other record, and why it was refused.
func describe(t *identity.Trace, l identity.Link) string {
	out := fmt.Sprintf("%s: %s %s", l.Rule, t.Records[l.Record].Key, l.Value)
	if l.Other >= 0 {
		out += " " + t.Records[l.Other].Key
	}
	if r := l.Refused; r != nil {
		out += strings.TrimRight(fmt.Sprintf(" refused %s %s %s", r.Unique, r.Left, r.Right), " ")
	}
	return out
}

func TestTraceKeepsEveryLink(t *testing.T) {
	id := customer()
	id.Rules = []*config.Rule{
		{Name: "same_email", On: []string{"email"}}, {Name: "same_phone", On: []string{"phone"}, Where: expr("l.name = r.name")},
		{Name: "both", On: []string{"device", "email"}},
	}
	p := newProject(t, id,
		person{id: "a", user: "u1", email: "ab@x.example", name: "Ann"},
		person{id: "b", email: "ab@x.example", phone: "+14155552671", name: "Ann"},
		person{id: "c", user: "u2", phone: "+14155552671", name: "Ann"},
		person{id: "d", phone: "+14155552671", name: "Bob", device: "unknown"},
		person{id: "z", user: "u9", email: "z@x.example"})
	owner := p.run()
	s := p.open()
	defer s.Close()
	trace, err := identity.Explain(p.ctx, identity.Env{Store: s, AsOf: asOf}, p.compile(), []string{owner["a"]})
	p.must(err)
	var got []string
	for _, l := range trace.Links {
		got = append(got, describe(trace, l))
	}
	want := []string{
		"same_email: a ab@x.example", "same_email: b ab@x.example",
		"same_phone: b +14155552671 c refused user_id u1 u2",
		"same_phone: b +14155552671 d refused", "same_phone: c +14155552671 d refused",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("links:\n%s", strings.Join(got, "\n"))
	}
	if trace.Partial || len(trace.Records) != 4 {
		t.Errorf("%d records are traced: z shares nothing with the others", len(trace.Records))
	}
	if trace.Records[0].Cluster != trace.Records[1].Cluster || trace.Records[1].Cluster == trace.Records[2].Cluster {
		t.Error("clusters are not those of the whole resolution")
	}
}
