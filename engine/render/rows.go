package render

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/jedib0t/go-pretty/v6/table"
	tabletext "github.com/jedib0t/go-pretty/v6/text"
)

// shownRows is how many rows a table for people holds; the machine formats hold all.
const shownRows = 1000

// EventLines is the format of rows among the lines of --json.
const EventLines = "events"

// rowEvent is a row as a JSON line. Its columns stand in the order of the query.
type rowEvent struct {
	Type   string         `json:"type"`
	Values map[string]any `json:"values"`
}

// Rows prints the result of a query as table, csv, json (one array of objects), jsonl (an object a line) or EventLines.
func Rows(w io.Writer, s Style, rows array.RecordReader, format string) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch format {
	case "csv":
		err = csvRows(out, rows)
	case "json", "jsonl", EventLines:
		err = jsonRows(out, rows, jsonForms[format])
	default:
		err = tableRows(out, s, rows)
	}
	if err == nil {
		err = rows.Err()
	}
	if flushed := out.Flush(); err == nil {
		err = flushed
	}
	return err
}

// each calls fn for every row with its values as JSON.
func each(rows array.RecordReader, fn func(values []json.RawMessage) error) error {
	for rows.Next() {
		batch := rows.RecordBatch()
		for i := range int(batch.NumRows()) {
			values := make([]json.RawMessage, batch.NumCols())
			for c := range values {
				values[c] = cell(batch.Column(c), i)
			}
			if err := fn(values); err != nil {
				return err
			}
		}
	}
	return rows.Err()
}

func header(schema *arrow.Schema) []string {
	names := make([]string, schema.NumFields())
	for i, f := range schema.Fields() {
		names[i] = f.Name
	}
	return names
}

// jsonForm is how objects stand in a text: what is before the first, around each, between two and after the last.
type jsonForm struct{ first, before, after, between, last string }

var jsonForms = map[string]jsonForm{
	"json":     {first: "[", between: ",\n ", last: "]\n"},
	"jsonl":    {after: "\n"},
	EventLines: {before: `{"type":"row","values":`, after: "}\n"},
}

func jsonRows(out *bufio.Writer, rows array.RecordReader, form jsonForm) error {
	names := header(rows.Schema())
	quoted := make([]string, len(names))
	for i, n := range names {
		b, err := json.Marshal(n)
		if err != nil {
			return err
		}
		quoted[i] = string(b)
	}
	out.WriteString(form.first)
	between := ""
	err := each(rows, func(values []json.RawMessage) error {
		out.WriteString(between + form.before + "{")
		between = form.between
		for i, v := range values {
			if i > 0 {
				out.WriteString(", ")
			}
			out.WriteString(quoted[i] + ": ")
			out.Write(v)
		}
		_, err := out.WriteString("}" + form.after)
		return err
	})
	out.WriteString(form.last)
	return err
}

// text is a JSON value as a cell: strings without quotes, null as nothing.
func text(v json.RawMessage, null string) string {
	if string(v) == "null" {
		return null
	}
	if len(v) > 0 && v[0] == '"' {
		var s string
		if json.Unmarshal(v, &s) == nil {
			return s
		}
	}
	return string(v)
}

// csvRows writes CSV as RFC 4180 has it. An empty text is quoted, what is null is not there at all: they are not the same.
func csvRows(out *bufio.Writer, rows array.RecordReader) error {
	write := func(n int, field func(i int) string) error {
		for i := range n {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString(field(i))
		}
		return out.WriteByte('\n')
	}
	names := header(rows.Schema())
	if err := write(len(names), func(i int) string { return csvField(names[i]) }); err != nil {
		return err
	}
	return each(rows, func(values []json.RawMessage) error {
		return write(len(values), func(i int) string {
			if string(values[i]) == "null" {
				return ""
			}
			return csvField(text(values[i], ""))
		})
	})
}

func csvField(text string) string {
	if text != "" && !strings.ContainsAny(text, "\",\r\n") && strings.TrimSpace(text) == text {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

func tableRows(out *bufio.Writer, s Style, rows array.RecordReader) error {
	var head []string
	for _, n := range header(rows.Schema()) {
		head = append(head, printable(n))
	}
	var shown [][]string
	n := 0
	err := each(rows, func(values []json.RawMessage) error {
		n++
		if n > shownRows {
			return nil
		}
		var row []string
		for _, v := range values {
			row = append(row, printable(strings.ReplaceAll(text(v, "NULL"), "\n", "⏎")))
		}
		shown = append(shown, row)
		return nil
	})
	if err != nil {
		return err
	}
	hidden, columns := 0, len(head)
	if s.Terminal { // a file or pipe gets everything
		head, shown, hidden = fit(head, shown, s.Width)
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = tabletext.FormatDefault
	t.AppendHeader(cells(head))
	for _, r := range shown {
		t.AppendRow(cells(r))
	}
	fmt.Fprintln(out, t.Render())
	said := plural(int64(n), "row")
	if n > shownRows {
		said = number(shownRows) + " of " + said
	}
	if hidden > 0 {
		said += fmt.Sprintf(", %d of %s", columns-hidden, plural(int64(columns), "column"))
	}
	if n > shownRows || hidden > 0 {
		said += "; --format csv, json or jsonl give all."
	}
	fmt.Fprintln(out, said)
	return nil
}

func cells(texts []string) table.Row {
	row := table.Row{}
	for _, c := range texts {
		row = append(row, c)
	}
	return row
}
