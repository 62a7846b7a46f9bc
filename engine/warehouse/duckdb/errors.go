package duckdb

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

// signs are pieces of DuckDB's messages that tell a reason, most telling first.
var signs = []struct {
	text   string
	reason warehouse.Reason
}{
	{"No space left on device", warehouse.Disk},
	{"max_temp_directory_size", warehouse.Disk},
	{"File too large", warehouse.Disk},
	{"Disk quota exceeded", warehouse.Disk},
	{"Out of Memory Error", warehouse.Memory},
	{"std::bad_alloc", warehouse.Memory},
	{"Could not set lock on file", warehouse.Locked},
	{"Conflicting lock is held", warehouse.Locked},
	{"newer version of DuckDB", warehouse.Newer},
	{"storage version", warehouse.Newer},
	{"not a valid DuckDB database file", warehouse.Damaged},
	{"Corrupt", warehouse.Damaged},
	{"Could not read enough bytes", warehouse.Damaged},
	{"Could not read from file", warehouse.Damaged},
	{"checksum", warehouse.Damaged},
	{"Serialization Error", warehouse.Damaged},
	{"Failure while replaying WAL", warehouse.Damaged},
	{"Failed to load metadata pointer", warehouse.Damaged},
	{"version number", warehouse.Newer},
	{"ermission denied", warehouse.Access},
	{"Permission Error", warehouse.Refused},
	{"read-only mode", warehouse.Refused},
	{"configuration has been locked", warehouse.Refused},
	{"Malformed JSON", warehouse.BadValue},
	{"Could not parse string", warehouse.BadValue},
	{"Conversion Error", warehouse.BadValue},
	{"Out of Range Error", warehouse.BadValue},
	{"INTERNAL Error", warehouse.Internal},
	{"FATAL Error", warehouse.Internal},
	{"Parser Error", warehouse.Mistake},
	{"Binder Error", warehouse.Mistake},
	{"Catalog Error", warehouse.Mistake},
	{"Invalid Input Error", warehouse.Mistake},
}

// failure makes an error of DuckDB's message.
func failure(text string) error {
	for _, s := range signs {
		if strings.Contains(text, s.text) {
			told := plain(text)
			if s.reason == warehouse.BadValue {
				first, _, _ := strings.Cut(text, "\n") // more lines show the value
				told = masked(plain(first))
			}
			return &message{&warehouse.Error{Reason: s.reason, Message: told}, text}
		}
	}
	return &message{errors.New(plain(text)), text}
}

// values are the places of a message that show data.
var values = regexp.MustCompile(`'[^']*'|"[^"]*"|\(-?\d[^)]*\)|(value|Input:) \S+`)

// masked is a message without the values it is about: they may be a person's.
func masked(message string) string {
	return values.ReplaceAllStringFunc(message, func(piece string) string {
		switch {
		case strings.HasPrefix(piece, "value "):
			return "value …"
		case strings.HasPrefix(piece, "Input: "):
			return "Input: …"
		}
		return piece[:1] + "…" + piece[len(piece)-1:]
	})
}

// rawMessage is DuckDB's message, whole: for texts that users wrote, never for what ran on data.
func rawMessage(err error) string {
	var known *warehouse.Error
	var told *message
	switch {
	case errors.As(err, &told):
		return told.text
	case errors.As(err, &known):
		return known.Message
	}
	return err.Error()
}

// message is an error that keeps DuckDB's text, for whoever reads its fields.
type message struct {
	error
	text string
}

func (m *message) Unwrap() error { return m.error }

// plain is DuckDB's message without the kind of error before it and the statement after it.
func plain(message string) string {
	message, _, _ = strings.Cut(message, "\n\nLINE ")
	if kind, rest, ok := strings.Cut(message, " Error: "); ok && len(kind) < 25 && !strings.Contains(kind, "\n") {
		message = rest
	}
	message, _, _ = strings.Cut(message, "\n\nStack Trace")
	return strings.Join(strings.Fields(message), " ")
}

// about names the file an error is about. A file that DuckDB fails on inside, while it opens it, is damaged.
func about(file string, err error) error {
	var e *warehouse.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("opening %s: %w", file, err)
	}
	known := *e
	known.File = file
	if known.Reason == warehouse.Internal {
		known.Reason = warehouse.Damaged
	}
	return &known
}
