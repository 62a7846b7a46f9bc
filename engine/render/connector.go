package render

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
)

type connectorEvent struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Version     string `json:"version"`
	Doc         string `json:"doc"`
	Source      bool   `json:"source"`
	Destination bool   `json:"destination"`
	Reference   string `json:"reference,omitempty"`
}

// ConnectorEvent is a connector as a JSON line.
func ConnectorEvent(s schema.Spec) any {
	return connectorEvent{"connector", s.Name, s.Version, s.Doc, s.Source != nil, s.Destination != nil, ""}
}

// ConnectorDocsEvent is a connector with its reference, in Markdown, as a JSON line.
func ConnectorDocsEvent(s schema.Spec) any {
	return connectorEvent{"connector", s.Name, s.Version, s.Doc, s.Source != nil, s.Destination != nil, ConnectorDocs(s)}
}

// ConnectorLine is a connector in a list for people.
func ConnectorLine(style Style, s schema.Spec) string {
	kinds := []string{}
	if s.Source != nil {
		kinds = append(kinds, "source")
	}
	if s.Destination != nil {
		kinds = append(kinds, "destination")
	}
	head := fmt.Sprintf("%s  %s  ", pad(s.Name, 10), pad(strings.Join(kinds, ", "), 20))
	return style.hang(head, strings.Repeat(" ", width(head)), s.Doc)
}

// ConnectorDocs is the reference of a connector, in Markdown, from its spec.
func ConnectorDocs(s schema.Spec) string {
	var out strings.Builder
	fmt.Fprintf(&out, "# %s\n\n%s\n", s.Name, s.Doc)
	if s.Source != nil {
		blockDocs(&out, fmt.Sprintf("source %q \"NAME\"", s.Name), s.Source.Block, 2)
		blockDocs(&out, "stream \"NAME\"", s.Source.Stream, 3)
	}
	if s.Destination != nil {
		blockDocs(&out, fmt.Sprintf("destination %q \"NAME\"", s.Name), s.Destination.Block, 2)
	}
	return out.String()
}

func blockDocs(out *strings.Builder, title string, b schema.Block, level int) {
	fmt.Fprintf(out, "\n%s `%s`\n\n", strings.Repeat("#", level), title)
	if b.Doc != "" {
		fmt.Fprintf(out, "%s\n\n", b.Doc)
	}
	if len(b.Args) > 0 {
		out.WriteString("| argument | type | | meaning |\n|---|---|---|---|\n")
	}
	for _, a := range b.Args {
		var marks []string
		if a.Required {
			marks = append(marks, "required")
		}
		if a.Sensitive {
			marks = append(marks, "secret")
		}
		if a.Deprecated != "" {
			marks = append(marks, "deprecated: "+a.Deprecated)
		}
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", a.Name, strings.ReplaceAll(a.Type.FriendlyName(), "|", "\\|"), strings.Join(marks, ", "), strings.ReplaceAll(a.Doc, "|", "\\|"))
	}
	for _, n := range b.Blocks {
		title := n.Name
		for _, l := range n.Labels {
			title += fmt.Sprintf(" %q", strings.ToUpper(l))
		}
		blockDocs(out, title, n.Block, min(level+1, 6))
	}
}
