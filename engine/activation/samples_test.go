package activation

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// sampled are the samples of the operations due, each as action, key and fields.
func (p *project) sampled(most int) []string {
	p.Helper()
	c := p.begin(context.Background())
	defer c.close()
	found, err := Samples(c.ctx, c.store, c.spec, most)
	p.must(err)
	var out []string
	for _, s := range found {
		var fields []string
		for _, f := range s.Fields {
			fields = append(fields, fmt.Sprintf("%s=%v", f.Name, f.Value))
		}
		out = append(out, strings.TrimSpace(s.Action+" "+s.Key+" "+strings.Join(fields, " ")))
	}
	return out
}

// Samples show what is sent: all fields of what is new, and of an update those that the tool has otherwise.
func TestSamples(t *testing.T) {
	p := newProject(t)
	p.people = people(4)
	p.people[1].name = ""
	equal(t, strings.Join(p.sampled(2), "; "), fmt.Sprintf(`add {"email":"%s"} first_name=%s ltv=%.2f; add {"email":"%s"} ltv=%.2f`,
		p.people[0].email, p.people[0].name, p.people[0].ltv, p.people[1].email, p.people[1].ltv), "the first two of four; a null is skipped")
	p.apply()
	p.people[0].ltv = 7
	p.people[1].name = "Zoë"
	gone := p.people[3].email
	p.people = p.people[:3]
	equal(t, strings.Join(p.sampled(2), "; "), fmt.Sprintf(`leave {"email":"%s"}; update {"email":"%s"} ltv=7.00; update {"email":"%s"} first_name=Zoë`,
		gone, p.people[0].email, p.people[1].email), "what differs")
	p.sync.OnNull = "clear"
	p.people[2].name = ""
	p.apply()
	p.people[2].name = "Yan"
	p.apply()
	p.people[2].name = ""
	equal(t, strings.Join(p.sampled(2), "; "), fmt.Sprintf(`update {"email":"%s"} first_name=<nil>`, p.people[2].email), "what is emptied")
}
