package render

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// StatusView is how a project stands: a line of JSON, and a text of its own for people.
type StatusView struct {
	Type      string         `json:"type"` // "status"
	Warehouse string         `json:"warehouse"`
	Path      string         `json:"path"` // of the warehouse's file, from the root
	Exists    bool           `json:"exists"`
	Traces    []string       `json:"traces"` // what shows that there was a warehouse, or work on one, where there is none
	Serial    int64          `json:"serial"`
	Applied   int            `json:"applied"` // blocks in force
	Unapplied []string       `json:"unapplied"`
	LastRun   *LastRun       `json:"last_run"`
	Streams   []StreamStatus `json:"streams"`
	Tables    []TableStatus  `json:"tables"`
	Syncs     []SyncStatus   `json:"syncs"`
	Rejects   int64          `json:"rejects"`

	File bool `json:"-"` // there is a file; unless Exists, there is no warehouse in it
}

// LastRun is the newest apply or run.
type LastRun struct {
	RunID     string    `json:"run_id"`
	Command   string    `json:"command"`
	Status    string    `json:"status"`
	StartedAt time.Time `json:"started_at"`
	ExitCode  *int      `json:"exit_code"` // null: it was cut off, or is under way
}

// StreamStatus is how fresh a stream is.
type StreamStatus struct {
	Address  string    `json:"address"`
	Cursor   string    `json:"cursor,omitempty"`
	LoadedAt time.Time `json:"loaded_at"`
	Rows     int64     `json:"rows"`
}

// TableStatus is a table and its size.
type TableStatus struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// SyncStatus counts the ledger's rows of a sync by status.
type SyncStatus struct {
	Address   string `json:"address"`
	Delivered int64  `json:"delivered"`
	Pending   int64  `json:"pending"`
	Rejected  int64  `json:"rejected"`
	Unknown   int64  `json:"unknown"`
}

// Status prints how a project stands.
func Status(w io.Writer, s Style, v *StatusView) {
	if !v.Exists {
		fmt.Fprint(w, s.wrap("", absent(v)))
		return
	}
	const indent = "           "
	fmt.Fprint(w, s.list(s.bold("warehouse")+"  ", indent, "   ", v.Warehouse, "commit "+number(v.Serial), plural(int64(v.Applied), "block")+" in force"))
	if r := v.LastRun; r != nil {
		said := r.Command + ", " + r.Status
		if r.ExitCode != nil {
			said += fmt.Sprintf(", exit %d", *r.ExitCode)
		}
		fmt.Fprint(w, s.list(s.bold("last run")+"   ", indent, "   ", said, clock(r.StartedAt)))
	}
	section(w, s, "streams", v.streams())
	section(w, s, "tables", v.tables())
	section(w, s, "syncs", v.syncs())
	if v.Rejects > 0 {
		fmt.Fprintf(w, "\n%s set aside: cdp query \"select * from _cdp.rejects\"\n", s.yellow(plural(v.Rejects, "record")))
	}
	if len(v.Unapplied) > 0 {
		fmt.Fprint(w, "\n"+s.hang("", "  ", s.yellow(plural(int64(len(v.Unapplied)), "block"))+" in the code and not in force yet: "+strings.Join(v.Unapplied, ", ")))
	}
}

// absent says that there is no warehouse: not yet, or not any more.
func absent(v *StatusView) string {
	if v.File {
		return "Nothing has been applied in " + v.Path + ". Next: cdp plan"
	}
	if len(v.Traces) == 0 {
		return v.Path + " does not exist yet: nothing has been applied. Next: cdp plan"
	}
	return v.Path + " is not there, and there may have been a warehouse: there still is " + strings.Join(v.Traces, ", ") +
		". If the file was lost, restore it from a backup. If nothing was applied so far, go on: cdp plan"
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// statusLine is one row for people: a name and what is to say of it.
type statusLine struct{ name, text string }

func (v *StatusView) streams() []statusLine {
	var out []statusLine
	for _, one := range v.Streams {
		text := plural(one.Rows, "row") + ", loaded " + clock(one.LoadedAt)
		if one.Cursor != "" {
			text += ", up to " + one.Cursor
		}
		out = append(out, statusLine{one.Address, text})
	}
	return out
}

func (v *StatusView) tables() []statusLine {
	var out []statusLine
	for _, one := range v.Tables {
		out = append(out, statusLine{one.Name, plural(one.Rows, "row")})
	}
	return out
}

func (v *StatusView) syncs() []statusLine {
	var out []statusLine
	for _, one := range v.Syncs {
		out = append(out, statusLine{one.Address, fmt.Sprintf("%s delivered, %s pending, %s rejected, %s unknown",
			number(one.Delivered), number(one.Pending), number(one.Rejected), number(one.Unknown))})
	}
	return out
}

func section(w io.Writer, s Style, title string, lines []statusLine) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.bold(title))
	longest := 0
	for _, l := range lines {
		longest = max(longest, width(l.name))
	}
	for _, l := range lines {
		fmt.Fprint(w, s.hang("  "+pad(l.name, longest)+"  ", "      ", l.text))
	}
}
