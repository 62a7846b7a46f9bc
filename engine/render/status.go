package render

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// StatusView is what Status prints: how a project stands.
type StatusView struct {
	Warehouse string
	Exists    bool
	Serial    int64
	Applied   int
	Unapplied []string
	LastRun   string // "apply, done, exit 0"; empty: none
	LastAt    time.Time
	Rejects   int64
	Streams   []StatusLine
	Tables    []StatusLine
	Syncs     []StatusLine
}

// StatusLine is one row: a name and what is to say of it.
type StatusLine struct{ Name, Text string }

// Status prints how a project stands.
func Status(w io.Writer, s Style, v StatusView) {
	if !v.Exists {
		fmt.Fprint(w, s.wrap("", v.Warehouse+" does not exist yet: nothing has been applied. Next: cdp plan"))
		return
	}
	const indent = "           "
	fmt.Fprint(w, s.list(s.bold("warehouse")+"  ", indent, "   ", v.Warehouse, fmt.Sprintf("commit %d", v.Serial), plural(int64(v.Applied), "block")+" in force"))
	if v.LastRun != "" {
		fmt.Fprint(w, s.list(s.bold("last run")+"   ", indent, "   ", v.LastRun, v.LastAt.UTC().Format("2006-01-02 15:04:05Z")))
	}
	section(w, s, "streams", v.Streams)
	section(w, s, "tables", v.Tables)
	section(w, s, "syncs", v.Syncs)
	if v.Rejects > 0 {
		fmt.Fprintf(w, "\n%s set aside: cdp query \"select * from _cdp.rejects\"\n", s.yellow(plural(v.Rejects, "record")))
	}
	if len(v.Unapplied) > 0 {
		fmt.Fprint(w, "\n"+s.hang("", "  ", s.yellow(plural(int64(len(v.Unapplied)), "block"))+" in the code and not in force yet: "+strings.Join(v.Unapplied, ", ")))
	}
}

func section(w io.Writer, s Style, title string, lines []StatusLine) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.bold(title))
	longest := 0
	for _, l := range lines {
		longest = max(longest, width(l.Name))
	}
	for _, l := range lines {
		fmt.Fprint(w, s.hang("  "+pad(l.Name, longest)+"  ", "      ", l.Text))
	}
}

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
