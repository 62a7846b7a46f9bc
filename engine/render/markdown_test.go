package render

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/plan"
)

func planOf(steps ...plan.Step) *plan.Plan {
	return &plan.Plan{ConfigDigest: "0123456789abcdef", AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Steps: steps}
}

func changed(address string) plan.Head {
	return plan.Head{Address: address, Action: plan.Change, Reason: plan.ByDefinition, Category: plan.Breaking, Detail: "where a | b `c` <d>",
		Range: &diag.Range{File: "main.cdp.hcl", Start: diag.Pos{Line: 7}}, Counts: plan.Of("members", int64(5), "entered", int64(2), "left", int64(1)),
		Notes: []string{"a note", "a note"}}
}

func TestMarkdown(t *testing.T) {
	sync := &plan.SyncStep{Head: changed("sync.vips"), Destination: "destination.crm", Object: "contacts", Operations: 3}
	sync.Counts = plan.Of("add", int64(2), "update", int64(0), "remove", int64(1), "unchanged", int64(9))
	sync.CausedBy = []string{"segment.vips"}
	sync.Guards = []guard.Verdict{{Name: "max_remove_ratio", Address: "sync.vips", Status: guard.Blocked, Value: 0.5, Limit: 0.2, Rows: 50, Of: 100}}
	var b strings.Builder
	if err := Markdown(&b, planOf(&plan.SegmentStep{Head: changed("segment.vips")}, sync, &plan.TraitStep{Head: plan.Head{Address: "trait.same", Action: plan.None}})); err != nil {
		t.Fatal(err)
	}
	want := `<!-- cdp plan -->
### cdp plan: ⛔ blocked by 1 guard

config ` + "`01234567…`" + ` · nothing loaded yet · as of ` + "`2026-06-01T00:00:00Z`" + `

| | block | why | what | where |
|---|---|---|---|---|
| ~ | ` + "`segment.vips`" + ` | where a \| b 'c' &lt;d> | members 4 → 5 · +2 enter · −1 leave | ` + "`main.cdp.hcl:7`" + ` |
| ~ | ` + "`sync.vips`" + ` | where a \| b 'c' &lt;d> | crm contacts · +2 add · −1 remove · 9 unchanged | ` + "`main.cdp.hcl:7`" + ` |

<details><summary><code>segment.vips</code> (breaking)</summary>

- 2 × a note

</details>

<details><summary><code>sync.vips</code> (breaking)</summary>

- follows ` + "`segment.vips`" + `
- 2 × a note

</details>

| guard | of | found | |
|---|---|---|---|
| max_remove_ratio | ` + "`sync.vips`" + ` | 50 of 100 (50 %) > 20 % | ⛔ blocked: ` + "`--allow guard:sync.vips`" + ` lets it through once |

**Plan:** 0 to create, 2 to change, 0 to remove. 3 operations would leave this machine.
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

// Nor do guards that block it make a plan too long; one that stands in the way is told before those that do not.
func TestMarkdownFitsGuards(t *testing.T) {
	var steps []plan.Step
	for i := range 600 {
		s := &plan.SyncStep{Head: changed(fmt.Sprintf("sync.number_%04d", i))}
		v := guard.Verdict{Name: "max_remove_ratio", Address: s.Address, Status: guard.Warned, Value: 0.5, Limit: 0.2, Rows: 20, Of: 40}
		if i == 599 {
			v.Status = guard.Blocked
		}
		s.Guards = []guard.Verdict{v, v}
		steps = append(steps, s)
	}
	p := planOf(steps...)
	for i := range 600 {
		p.Gates = append(p.Gates, plan.Gate{Kind: "policy", Name: fmt.Sprintf("number_%04d", i), Status: plan.GateFailed, Severity: "warning", Detail: strings.Repeat("why ", 20)})
	}
	var b strings.Builder
	if err := Markdown(&b, p); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if len(text) > maxMarkdown {
		t.Errorf("%d bytes", len(text))
	}
	for _, want := range []string{"⛔ blocked: `--allow guard:sync.number_0599`", "guards more: `cdp show`", "answers more: `cdp show`", "600 to change"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q", want)
		}
	}
}

// However large the plan, it fits a comment, and says what it leaves out.
func TestMarkdownFits(t *testing.T) {
	var steps []plan.Step
	for i := range 2000 {
		steps = append(steps, &plan.SegmentStep{Head: changed(fmt.Sprintf("segment.number_%04d", i))})
	}
	var b strings.Builder
	if err := Markdown(&b, planOf(steps...)); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); len(text) > maxMarkdown || !strings.Contains(text, "blocks more") && !strings.Contains(text, "more: `cdp show`") || !strings.Contains(text, "2000 to change") {
		t.Errorf("%d bytes, ends with %q", len(text), text[len(text)-200:])
	}
}
