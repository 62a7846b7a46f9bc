package diag

import "github.com/hashicorp/hcl/v2"

// Severity of a diagnostic.
type Severity string

// The severities. An error stops the command; a warning does not.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Pos is a place in a file. Line and Column count from 1 (columns in characters), Byte from 0.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Range is a piece of a source file. File is relative to the project's folder.
type Range struct {
	File  string `json:"file"`
	Start Pos    `json:"start"`
	End   Pos    `json:"end"`
}

// Diagnostic is one thing to tell the user. Summary is constant per code and searchable; Detail says what, why and how
// to mend, with the user's own names. Code is dotted and stable: "identity.unknown_identifier".
type Diagnostic struct {
	Severity Severity
	Code     string
	Summary  string
	Detail   string
	Address  string // block it is about; may be empty
	Range    *Range // nil: no place in the source
	In       string // the block around the range, for people: `identity "customer"`
}

// Diagnostics are told together.
type Diagnostics []Diagnostic

// HasErrors reports whether one of them is an error.
func (ds Diagnostics) HasErrors() bool {
	for _, d := range ds {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// NewError makes an error diagnostic.
func NewError(code, summary, detail string, at *Range) Diagnostic {
	return Diagnostic{Severity: Error, Code: code, Summary: summary, Detail: detail, Range: at}
}

// NewWarning makes a warning diagnostic.
func NewWarning(code, summary, detail string, at *Range) Diagnostic {
	return Diagnostic{Severity: Warning, Code: code, Summary: summary, Detail: detail, Range: at}
}

// About returns the diagnostic with the address of the block it is about.
func (d Diagnostic) About(address string) Diagnostic {
	d.Address = address
	return d
}

// FromHCL converts a range of the HCL library.
func FromHCL(r hcl.Range) *Range {
	if r.Filename == "" {
		return nil
	}
	return &Range{
		File:  r.Filename,
		Start: Pos{Line: r.Start.Line, Column: r.Start.Column, Byte: r.Start.Byte},
		End:   Pos{Line: r.End.Line, Column: r.End.Column, Byte: r.End.Byte},
	}
}
