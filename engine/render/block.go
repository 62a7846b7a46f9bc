package render

import (
	"fmt"
	"strings"
)

// BlockView is one block as `cdp show` prints it.
type BlockView struct {
	Type       string       `json:"type"` // "block"
	Address    string       `json:"address"`
	File       string       `json:"file"`
	Line       int          `json:"line"`
	State      string       `json:"state"` // in force, changed, not applied
	Definition string       `json:"definition"`
	Source     string       `json:"source,omitempty"` // as it is written
	Note       string       `json:"note,omitempty"`   // what to know of its statements
	DependsOn  []string     `json:"depends_on"`
	UsedBy     []string     `json:"used_by"`
	LastRun    string       `json:"last_run,omitempty"`
	SQL        []SQLView    `json:"sql,omitempty"`
	Columns    []ColumnView `json:"columns,omitempty"`
}

// ColumnView is a column of a block's table.
type ColumnView struct {
	Name string `json:"name"`
	Type string `json:"column_type"`
}

// SQLView is one statement as it will run.
type SQLView struct {
	Name string `json:"name"`
	Step string `json:"step"`
	SQL  string `json:"sql"`
}

// Block prints one block.
func Block(s Style, v BlockView) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s  %s:%d  %s\n", s.bold(v.Address), v.File, v.Line, v.State)
	if len(v.DependsOn) > 0 {
		out.WriteString(s.hang("  reads    ", "           ", strings.Join(v.DependsOn, ", ")))
	}
	if len(v.UsedBy) > 0 {
		out.WriteString(s.hang("  read by  ", "           ", strings.Join(v.UsedBy, ", ")))
	}
	if v.LastRun != "" {
		fmt.Fprintf(&out, "  applied  by run %s\n", v.LastRun)
	}
	if v.Source != "" && len(v.SQL) == 0 {
		out.WriteString("\n")
		for _, line := range strings.Split(v.Source, "\n") {
			out.WriteString(strings.TrimRight("  "+line, " ") + "\n")
		}
	}
	if len(v.Columns) > 0 && v.Source != "" && len(v.SQL) == 0 {
		out.WriteString("\n")
	}
	for _, c := range v.Columns {
		fmt.Fprintf(&out, "  %s  %s\n", pad(c.Name, 24), c.Type)
	}
	if v.Note != "" {
		out.WriteString("\n" + s.wrap("", v.Note))
	}
	for _, q := range v.SQL {
		fmt.Fprintf(&out, "\n%s\n%s\n", s.dim("-- "+q.Name+": "+q.Step), strings.TrimSpace(q.SQL))
	}
	return out.String()
}
