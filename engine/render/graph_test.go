package render_test

import (
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/render"
	"github.com/google/go-cmp/cmp"
)

func some(n int64) *int64 { return &n }

// diamond is a project in which two ways lead to one block, with names that languages of pictures must be told to leave alone.
func diamond() *render.GraphView {
	return &render.GraphView{
		Nodes: []render.GraphNode{
			{Address: "source.a", Kind: "source", Detail: "file"},
			{Address: "source.a.x", Kind: "stream", Count: some(1), Unit: "row"},
			{Address: `identity.b["q"]`, Kind: "identity"},
			{Address: "trait.c", Kind: "trait"},
			{Address: "trait.d", Kind: "trait"},
			{Address: "segment.e", Kind: "segment", Count: some(0), Unit: "member"},
			{Address: "sync.f", Kind: "sync", Detail: `<a "b" \ c>`, Count: some(1204331), Unit: "record"},
		},
		Edges: []render.GraphEdge{
			{From: "source.a", To: "source.a.x"}, {From: "source.a.x", To: `identity.b["q"]`},
			{From: `identity.b["q"]`, To: "trait.c"}, {From: `identity.b["q"]`, To: "trait.d"},
			{From: `identity.b["q"]`, To: "segment.e"}, {From: "trait.c", To: "segment.e"}, {From: "trait.d", To: "segment.e"},
			{From: "segment.e", To: "sync.f"}, {From: "trait.d", To: "sync.f"},
		},
	}
}

func TestGraphFormats(t *testing.T) {
	for format, want := range map[string]string{
		"tree": `
source.a               file
└─ source.a.x          1 row
   └─ identity.b["q"]
      ├─ trait.c
      │  └─ segment.e ↓
      └─ trait.d
         └─ segment.e  0 members
            └─ sync.f  1,204,331 records held, <a "b" \ c>

↓ and ↑: the block stands further down, or further up.
`,
		"dot": `
digraph cdp {
  rankdir=LR
  node [shape=box, fontname="sans-serif"]
  "source.a" [label="source.a\nfile", shape=cylinder]
  "source.a.x" [label="source.a.x\n1 row"]
  "identity.b[\"q\"]" [label="identity.b[\"q\"]", shape=doubleoctagon]
  "trait.c" [label="trait.c", shape=note]
  "trait.d" [label="trait.d", shape=note]
  "segment.e" [label="segment.e\n0 members", shape=ellipse]
  "sync.f" [label="sync.f\n1,204,331 records held, <a \"b\" \\ c>", shape=cds]
  "source.a" -> "source.a.x"
  "source.a.x" -> "identity.b[\"q\"]"
  "identity.b[\"q\"]" -> "trait.c"
  "identity.b[\"q\"]" -> "trait.d"
  "trait.c" -> "segment.e"
  "trait.d" -> "segment.e"
  "segment.e" -> "sync.f"
}
`,
		"mermaid": `
flowchart LR
  n0[("source.a<br/>file")]
  n1["source.a.x<br/>1 row"]
  n2{{"identity.b[#quot;q#quot;]"}}
  n3>"trait.c"]
  n4>"trait.d"]
  n5(["segment.e<br/>0 members"])
  n6[/"sync.f<br/>1,204,331 records held, #lt;a #quot;b#quot; \ c#gt;"/]
  n0 --> n1
  n1 --> n2
  n2 --> n3
  n2 --> n4
  n3 --> n5
  n4 --> n5
  n5 --> n6
`,
	} {
		var out strings.Builder
		render.Graph(&out, render.Style{Width: 80}, diamond(), format)
		if diff := cmp.Diff(strings.TrimPrefix(want, "\n"), out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
}
