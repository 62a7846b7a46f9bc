package render

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
)

// GraphView is a project as nodes and edges. Nodes stand in the order of the chain, then as declared; an edge leads from
// what is read to what reads it.
type GraphView struct {
	About string // the block it was restricted to; empty: the whole project
	Nodes []GraphNode
	Edges []GraphEdge
}

// GraphNode is one block. Count is nil where nothing is known.
type GraphNode struct {
	Type    string      `json:"type"` // "node"
	Address string      `json:"address"`
	Kind    string      `json:"kind"`             // source, stream, model, identity, trait, segment, sync, destination
	Detail  string      `json:"detail,omitempty"` // the connector, or the tool's object
	Count   *int64      `json:"count"`
	Unit    string      `json:"unit,omitempty"` // row, customer, profile, member, record
	Range   *diag.Range `json:"range,omitempty"`
}

// GraphEdge says that To reads From.
type GraphEdge struct {
	Type string `json:"type"` // "edge"
	From string `json:"from"`
	To   string `json:"to"`
}

// text is what is said of a node beside its name.
func (n GraphNode) text() string {
	count := ""
	if n.Count != nil {
		count = plural(*n.Count, n.Unit)
		if n.Kind == "sync" {
			count += " held"
		}
	}
	return joined(", ", count, n.Detail)
}

// Graph prints a project as a tree for people, or as a language of pictures.
func Graph(w io.Writer, s Style, v *GraphView, format string) {
	switch format {
	case "dot":
		dot(w, v)
	case "mermaid":
		mermaid(w, v)
	default:
		tree(w, s, v)
	}
}

// links are the edges of a picture: those that follow from others are left out, so that the picture can be read. What
// reaches what is the same without them.
func (v *GraphView) links() []GraphEdge {
	next := map[string][]string{}
	for _, e := range v.Edges {
		next[e.From] = append(next[e.From], e.To)
	}
	var out []GraphEdge
	for _, e := range v.Edges {
		if !detour(next, e) {
			out = append(out, e)
		}
	}
	return out
}

// detour reports whether there is another way from one end of an edge to the other.
func detour(next map[string][]string, e GraphEdge) bool {
	seen := map[string]bool{}
	var todo []string
	for _, n := range next[e.From] {
		if n != e.To {
			todo = append(todo, n)
		}
	}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == e.To {
			return true
		}
		if !seen[n] {
			seen[n] = true
			todo = append(todo, next[n]...)
		}
	}
	return false
}

func dot(w io.Writer, v *GraphView) {
	quote := func(text string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", " ").Replace(text) + `"`
	}
	shapes := map[string]string{"source": "cylinder", "destination": "cylinder", "identity": "doubleoctagon", "segment": "ellipse", "sync": "cds", "trait": "note"}
	fmt.Fprint(w, "digraph cdp {\n  rankdir=LR\n  node [shape=box, fontname=\"sans-serif\"]\n")
	for _, n := range v.Nodes {
		label := quote(n.Address)
		if text := n.text(); text != "" {
			label = strings.TrimSuffix(label, `"`) + `\n` + strings.TrimPrefix(quote(text), `"`)
		}
		shape := ""
		if s := shapes[n.Kind]; s != "" {
			shape = ", shape=" + s
		}
		fmt.Fprintf(w, "  %s [label=%s%s]\n", quote(n.Address), label, shape)
	}
	for _, e := range v.links() {
		fmt.Fprintf(w, "  %s -> %s\n", quote(e.From), quote(e.To))
	}
	fmt.Fprintln(w, "}")
}

func mermaid(w io.Writer, v *GraphView) {
	ids := map[string]string{}
	quote := func(text string) string {
		return strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;", "\n", " ").Replace(text)
	}
	shapes := map[string][2]string{
		"source": {"[(", ")]"}, "destination": {"[(", ")]"}, "identity": {"{{", "}}"}, "segment": {"([", "])"}, "sync": {"[/", "/]"}, "trait": {">", "]"},
	}
	fmt.Fprintln(w, "flowchart LR")
	for i, n := range v.Nodes {
		ids[n.Address] = fmt.Sprintf("n%d", i)
		label := quote(n.Address)
		if text := n.text(); text != "" {
			label += "<br/>" + quote(text)
		}
		shape, ok := shapes[n.Kind]
		if !ok {
			shape = [2]string{"[", "]"}
		}
		fmt.Fprintf(w, "  n%d%s\"%s\"%s\n", i, shape[0], label, shape[1])
	}
	for _, e := range v.links() {
		fmt.Fprintf(w, "  %s --> %s\n", ids[e.From], ids[e.To])
	}
}

// treeLine is one line of the tree.
type treeLine struct {
	branch, address string
	again           bool // the node stands elsewhere
}

// tree prints every node once, under the last of the nodes it reads: so the tree flows down, from sources to
// destinations. Under the others it is named with where it stands.
func tree(w io.Writer, s Style, v *GraphView) {
	t := newTrees(v)
	for _, n := range v.Nodes {
		if len(t.parents[n.Address]) == 0 {
			t.write(n.Address, "", "")
		}
	}
	at, longest := map[string]int{}, 0
	for i, l := range t.lines {
		if !l.again {
			at[l.address] = i
			if text := t.nodes[l.address].text(); text != "" && width(l.branch+l.address) <= 2*s.Width/3 {
				longest = max(longest, width(l.branch+l.address))
			}
		}
	}
	for i, l := range t.lines {
		name := l.address
		if l.address == v.About && !l.again {
			name = s.bold(name)
		}
		switch text := t.nodes[l.address].text(); {
		case l.again && at[l.address] > i:
			fmt.Fprintln(w, s.dim(l.branch)+s.dim(l.address+" ↓"))
		case l.again:
			fmt.Fprintln(w, s.dim(l.branch)+s.dim(l.address+" ↑"))
		case text == "":
			fmt.Fprintln(w, s.dim(l.branch)+name)
		default:
			fmt.Fprintln(w, s.dim(l.branch)+name+strings.Repeat(" ", max(longest-width(l.branch+l.address), 0)+2)+text)
		}
	}
	if slices.ContainsFunc(t.lines, func(l treeLine) bool { return l.again }) {
		fmt.Fprintln(w, "\n↓ and ↑: the block stands further down, or further up.")
	}
}

type trees struct {
	nodes             map[string]GraphNode
	parents, children map[string][]string
	home              map[string]string // the parent a node stands under
	lines             []treeLine
}

func newTrees(v *GraphView) *trees {
	t := &trees{nodes: map[string]GraphNode{}, parents: map[string][]string{}, children: map[string][]string{}, home: map[string]string{}}
	place := map[string]int{}
	for i, n := range v.Nodes {
		t.nodes[n.Address], place[n.Address] = n, i
	}
	for _, e := range v.links() {
		t.parents[e.To] = append(t.parents[e.To], e.From)
		t.children[e.From] = append(t.children[e.From], e.To)
	}
	for _, list := range t.children {
		slices.SortFunc(list, func(a, b string) int { return place[a] - place[b] })
	}
	order := t.depthOrder(v)
	for n, parents := range t.parents {
		t.home[n] = slices.MaxFunc(parents, func(a, b string) int { return order[a] - order[b] })
	}
	return t
}

// depthOrder numbers the nodes so that each comes after all it reads, and otherwise as they stand.
func (t *trees) depthOrder(v *GraphView) map[string]int {
	order := map[string]int{}
	for len(order) < len(v.Nodes) {
		before := len(order)
		for _, n := range v.Nodes {
			if _, done := order[n.Address]; done {
				continue
			}
			if !slices.ContainsFunc(t.parents[n.Address], func(p string) bool { _, ok := order[p]; return !ok }) {
				order[n.Address] = len(order)
			}
		}
		if len(order) == before {
			break // a circle, which config refuses
		}
	}
	return order
}

// write adds the lines of a node and of what reads it. rest is what goes before the lines below.
func (t *trees) write(address, branch, rest string) {
	t.lines = append(t.lines, treeLine{branch: branch, address: address})
	list := t.children[address]
	for i, child := range list {
		fork, below := "├─ ", "│  "
		if i == len(list)-1 {
			fork, below = "└─ ", "   "
		}
		if t.home[child] != address {
			t.lines = append(t.lines, treeLine{rest + fork, child, true})
			continue
		}
		t.write(child, rest+fork, rest+below)
	}
}

// Graph writes an event per node, then one per edge.
func (e *Events) Graph(v *GraphView) {
	for _, n := range v.Nodes {
		e.Emit(n)
	}
	for _, edge := range v.Edges {
		e.Emit(edge)
	}
}
