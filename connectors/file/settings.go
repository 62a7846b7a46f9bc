package file

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// streamSettings are the arguments of one stream.
type streamSettings struct {
	Path      string   `json:"path"`
	Format    string   `json:"format"`
	Delimiter string   `json:"delimiter"`
	Quote     *string  `json:"quote"`
	Header    *bool    `json:"header"`
	Skip      int      `json:"skip"`
	Null      []string `json:"null"`
}

// destinationSettings are the arguments of a destination.
type destinationSettings struct {
	Dir string `json:"dir"`
}

var formats = map[string]string{"csv": "csv", "tsv": "tsv", "tab": "tsv", "jsonl": "jsonl", "ndjson": "jsonl", "json": "json", "parquet": "parquet", "pq": "parquet"}

// encoding is how a file is written.
type encoding struct {
	format      string // csv, tsv, jsonl, json, parquet; empty: not known
	compression string // gz, zst or empty
}

// encodingOf reads the extensions of a name.
func encodingOf(name string) encoding {
	var e encoding
	base := strings.ToLower(filepath.Base(name))
	for _, c := range []string{"gz", "zst"} {
		if strings.HasSuffix(base, "."+c) {
			e.compression, base = c, strings.TrimSuffix(base, "."+c)
		}
	}
	e.format = formats[strings.TrimPrefix(filepath.Ext(base), ".")]
	return e
}

func (s streamSettings) encoding(name string) encoding {
	e := encodingOf(name)
	if s.Format != "" {
		e.format = formats[s.Format]
	}
	return e
}

// one reads a setting that is a single ASCII character.
func one(text string) (byte, bool) {
	if len(text) != 1 || text[0] >= 0x80 || text[0] == '\n' || text[0] == '\r' {
		return 0, false
	}
	return text[0], true
}

// problems are the mistakes in the settings of one stream.
func (s streamSettings) problems(stream string) []sdk.Problem {
	var out []sdk.Problem
	add := func(arg, summary, detail string) {
		out = append(out, sdk.Problem{Path: []string{"stream", stream, arg}, Summary: summary, Detail: detail, Offset: -1})
	}
	e := s.encoding(s.Path)
	wild := hasPattern(filepath.Base(s.Path))
	switch {
	case s.Path == "":
		add("path", "Path is empty", "Name a file, or a pattern such as data/*.csv.")
	case e.format == "" && !wild:
		add("path", "File format not known", fmt.Sprintf("%s does not end in .csv, .tsv, .jsonl, .ndjson, .json or .parquet. Say which it is: format = \"csv\".", filepath.Base(s.Path)))
	case e.format == "parquet" && e.compression != "":
		add("path", "Parquet files are not compressed as a whole", "Parquet compresses its columns itself. Name the file without ."+e.compression+".")
	}
	if _, err := globPattern(s.Path); err != nil {
		add("path", "Pattern not understood", err.Error()+".")
	}
	if s.Delimiter != "" {
		if _, ok := one(s.Delimiter); !ok {
			add("delimiter", "Delimiter is not one character", fmt.Sprintf("%q: write one ASCII character, such as \";\" or \"\\t\".", s.Delimiter))
		}
	}
	if s.Quote != nil && *s.Quote != "" {
		switch q, ok := one(*s.Quote); {
		case !ok:
			add("quote", "Quote is not one character", fmt.Sprintf("%q: write one ASCII character, or \"\" if values are never quoted.", *s.Quote))
		case s.Delimiter == string(q):
			add("quote", "Quote and delimiter are the same", "A value could not be told from its quotes.")
		}
	}
	if s.Skip < 0 {
		add("skip", "Lines to skip are negative", "Write how many lines stand before the header.")
	}
	if e.format != "csv" && e.format != "tsv" && e.format != "" {
		if s.Delimiter != "" {
			add("delimiter", "Delimiter is of CSV files only", fmt.Sprintf("The stream reads %s.", e.format))
		}
		if s.Null != nil {
			add("null", "Null texts are of CSV files only", fmt.Sprintf("The stream reads %s.", e.format))
		}
	}
	return out
}
