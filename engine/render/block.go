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

	Breaks []int `json:"-"` // bytes of SQL where a line may go on in the next
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
		out.WriteString("\n")
		for line := range strings.Lines(s.hang("-- ", "-- ", q.Name+": "+q.Step)) {
			out.WriteString(s.dim(strings.TrimSuffix(line, "\n")) + "\n")
		}
		sql := q.SQL
		if s.Terminal { // a file or pipe gets it as it runs
			sql = fold(q.SQL, q.Breaks, s.Width)
		}
		out.WriteString(sql + "\n")
	}
	return out.String()
}

// fold breaks long lines of SQL where that changes nothing of it, and sets what follows in.
func fold(sql string, breaks []int, wide int) string {
	var out strings.Builder
	at := 0
	for line := range strings.Lines(sql) {
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))] + "    "
		from, to, prefix := at, at+len(strings.TrimRight(line, "\n")), ""
		for width(prefix)+width(sql[from:to]) > wide {
			cut := -1
			for _, b := range breaks {
				if b <= from || b >= to || strings.TrimSpace(sql[from:b]) == "" {
					continue
				}
				if cut >= 0 && width(prefix)+width(sql[from:b]) > wide {
					break
				}
				cut = b
			}
			if cut < 0 {
				break // one long word
			}
			out.WriteString(prefix + sql[from:cut] + "\n")
			from, prefix = cut, indent
			for from < to && sql[from] == ' ' {
				from++
			}
		}
		out.WriteString(prefix + sql[from:to])
		if at += len(line); strings.HasSuffix(line, "\n") {
			out.WriteString("\n")
		}
	}
	return out.String()
}
