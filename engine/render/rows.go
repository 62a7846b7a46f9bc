package render

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/jedib0t/go-pretty/v6/table"
	tabletext "github.com/jedib0t/go-pretty/v6/text"
	"github.com/mattn/go-runewidth"
)

// shownRows is how many rows a table for people holds; the machine formats hold all.
const shownRows = 1000

// Rows prints the result of a query as table, csv, json (one array of objects) or jsonl (an object a line).
func Rows(w io.Writer, s Style, rows array.RecordReader, format string) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var err error
	switch format {
	case "csv":
		err = csvRows(out, rows)
	case "json", "jsonl":
		err = jsonRows(out, rows, format == "json")
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

func jsonRows(out *bufio.Writer, rows array.RecordReader, list bool) error {
	names := header(rows.Schema())
	quoted := make([]string, len(names))
	for i, n := range names {
		b, err := json.Marshal(n)
		if err != nil {
			return err
		}
		quoted[i] = string(b)
	}
	first := true
	if list {
		out.WriteByte('[')
	}
	err := each(rows, func(values []json.RawMessage) error {
		switch {
		case !first && list:
			out.WriteString(",\n ")
		case !first:
			out.WriteByte('\n')
		}
		first = false
		out.WriteByte('{')
		for i, v := range values {
			if i > 0 {
				out.WriteString(", ")
			}
			out.WriteString(quoted[i] + ": ")
			out.Write(v)
		}
		return out.WriteByte('}')
	})
	if list {
		out.WriteByte(']')
	}
	if list || !first {
		out.WriteByte('\n')
	}
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

func csvRows(out *bufio.Writer, rows array.RecordReader) error {
	w := csv.NewWriter(out)
	if err := w.Write(header(rows.Schema())); err != nil {
		return err
	}
	err := each(rows, func(values []json.RawMessage) error {
		record := make([]string, len(values))
		for i, v := range values {
			record[i] = text(v, "")
		}
		return w.Write(record)
	})
	w.Flush()
	if err == nil {
		err = w.Error()
	}
	return err
}

func tableRows(out *bufio.Writer, s Style, rows array.RecordReader) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = tabletext.FormatDefault
	head := table.Row{}
	for _, n := range header(rows.Schema()) {
		head = append(head, printable(n))
	}
	t.AppendHeader(head)
	n := 0
	err := each(rows, func(values []json.RawMessage) error {
		n++
		if n > shownRows {
			return nil
		}
		row := table.Row{}
		for _, v := range values {
			row = append(row, clip(printable(strings.ReplaceAll(text(v, "NULL"), "\n", "⏎"))))
		}
		t.AppendRow(row)
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, t.Render())
	if n > shownRows {
		fmt.Fprintf(out, "%s of %s rows; --format csv, json or jsonl give all.\n", number(shownRows), number(int64(n)))
	} else {
		fmt.Fprintln(out, plural(int64(n), "row"))
	}
	return nil
}

// clip shortens a cell that would make the table unreadable.
func clip(text string) string {
	const most = 60
	return runewidth.Truncate(text, most, "…")
}
