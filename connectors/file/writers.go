package file

import (
	"bufio"
	"bytes"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/extensions"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const rowGroup = 122880 // rows; the size other engines read in parallel

func newRowWriter(f io.Writer, e encoding, columns []schema.Column) (rowWriter, error) {
	if e.format == "parquet" {
		return newParquetWriter(f, columns)
	}
	t := textWriter{out: bufio.NewWriterSize(f, 1<<20)}
	switch e.compression {
	case "gz":
		z := gzip.NewWriter(t.out)
		t.to, t.ends = z, z.Close
	case "zst":
		z, err := zstd.NewWriter(t.out, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		t.to, t.ends = z, z.Close
	default:
		t.to, t.ends = t.out, func() error { return nil }
	}
	switch e.format {
	case "jsonl":
		w := &jsonlWriter{textWriter: t}
		for _, c := range columns {
			w.names = append(w.names, append(appendQuoted(nil, c.Name), ':'))
		}
		w.columns = columns
		return w, nil
	case "json":
		w := &jsonlWriter{textWriter: t, list: true, columns: columns}
		for _, c := range columns {
			w.names = append(w.names, append(appendQuoted(nil, c.Name), ':'))
		}
		return w, nil
	}
	w := &csvWriter{textWriter: t, delimiter: ','}
	if e.format == "tsv" {
		w.delimiter = '\t'
	}
	return w, w.header(schema.Names(columns))
}

// textWriter is what writers of text share.
type textWriter struct {
	out  *bufio.Writer // of the file
	to   io.Writer     // compresses into out
	ends func() error
	buf  []byte
}

func (w *textWriter) spill() error {
	_, err := w.to.Write(w.buf)
	w.buf = w.buf[:0]
	return err
}

func (w *textWriter) close() error {
	if err := w.spill(); err != nil {
		return err
	}
	if err := w.ends(); err != nil {
		return err
	}
	return w.out.Flush()
}

// csvWriter writes null as nothing and the empty text as two quotes.
type csvWriter struct {
	textWriter
	delimiter byte
}

func (w *csvWriter) header(names []string) error {
	for i, name := range names {
		if i > 0 {
			w.buf = append(w.buf, w.delimiter)
		}
		start := len(w.buf)
		w.buf = append(w.buf, name...)
		w.quote(start)
	}
	w.buf = append(w.buf, '\n')
	return w.spill()
}

func (w *csvWriter) write(record arrow.RecordBatch) error {
	columns := record.Columns()
	for row := range int(record.NumRows()) {
		for i, c := range columns {
			if i > 0 {
				w.buf = append(w.buf, w.delimiter)
			}
			if isNull(c, row) {
				continue
			}
			start := len(w.buf)
			w.buf = appendText(w.buf, c, row)
			w.quote(start)
		}
		w.buf = append(w.buf, '\n')
		if len(w.buf) > 1<<20 {
			if err := w.spill(); err != nil {
				return err
			}
		}
	}
	return w.spill()
}

// quote quotes what was appended since start, where it has to be.
func (w *csvWriter) quote(start int) {
	v := w.buf[start:]
	if len(v) > 0 && bytes.IndexByte(v, w.delimiter) < 0 && !bytes.ContainsAny(v, "\"\r\n") && !strings.HasPrefix(string(v[:min(3, len(v))]), "\xef\xbb\xbf") {
		return
	}
	text := string(v)
	w.buf = append(w.buf[:start], '"')
	for i := range len(text) {
		if text[i] == '"' {
			w.buf = append(w.buf, '"')
		}
		w.buf = append(w.buf, text[i])
	}
	w.buf = append(w.buf, '"')
}

// jsonlWriter writes an object a line, or a list of them. Nulls are written: a reader then knows all columns.
type jsonlWriter struct {
	textWriter
	columns []schema.Column
	names   [][]byte
	list    bool
	rows    int64
}

func (w *jsonlWriter) write(record arrow.RecordBatch) error {
	columns := record.Columns()
	for row := range int(record.NumRows()) {
		if w.list {
			between := ",\n"
			if w.rows == 0 {
				between = "[\n"
			}
			w.buf = append(w.buf, between...)
		}
		w.rows++
		w.buf = append(w.buf, '{')
		for i, c := range columns {
			if i > 0 {
				w.buf = append(w.buf, ',')
			}
			w.buf = append(w.buf, w.names[i]...)
			if w.columns[i].Type.Kind == schema.JSON && c.IsValid(row) {
				w.buf = appendText(w.buf, c, row)
				continue
			}
			w.buf = appendArrowJSON(w.buf, c, row)
		}
		w.buf = append(w.buf, '}')
		if !w.list {
			w.buf = append(w.buf, '\n')
		}
		if len(w.buf) > 1<<20 {
			if err := w.spill(); err != nil {
				return err
			}
		}
	}
	return w.spill()
}

func (w *jsonlWriter) close() error {
	if w.list && w.rows == 0 {
		w.buf = append(w.buf, '[')
	}
	if w.list {
		w.buf = append(w.buf, "\n]\n"...)
	}
	return w.textWriter.close()
}

// parquetWriter writes JSON columns with Parquet's own JSON type.
type parquetWriter struct {
	schema *arrow.Schema
	out    *pqarrow.FileWriter
}

// keepOpen hides Close: the file is synced and closed by who opened it.
type keepOpen struct{ io.Writer }

func newParquetWriter(f io.Writer, columns []schema.Column) (rowWriter, error) {
	fields := schema.ArrowSchema(columns).Fields()
	for i, c := range columns {
		fields[i].Metadata = arrow.Metadata{}
		if c.Type.Kind == schema.JSON {
			t, err := extensions.NewJSONType(arrow.BinaryTypes.String)
			if err != nil {
				return nil, err
			}
			fields[i].Type = t
		}
	}
	w := &parquetWriter{schema: arrow.NewSchema(fields, nil)}
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithMaxRowGroupLength(rowGroup), parquet.WithCreatedBy("cdp"))
	out, err := pqarrow.NewFileWriter(w.schema, keepOpen{f}, props, pqarrow.NewArrowWriterProperties(pqarrow.WithAllocator(memory.DefaultAllocator)))
	w.out = out
	return w, err
}

func (w *parquetWriter) write(record arrow.RecordBatch) error {
	arrays := make([]arrow.Array, record.NumCols())
	for i, c := range record.Columns() {
		arrays[i] = c
		if t, ok := w.schema.Field(i).Type.(arrow.ExtensionType); ok {
			arrays[i] = array.NewExtensionArrayWithStorage(t, c)
		}
	}
	typed := array.NewRecordBatch(w.schema, arrays, record.NumRows())
	defer typed.Release()
	return w.out.WriteBuffered(typed)
}

func (w *parquetWriter) close() error { return w.out.Close() }
