package warehouse

import (
	"errors"
	"fmt"
)

// Reason is what went wrong with a warehouse, as far as a user can do something about it.
type Reason string

// The reasons.
const (
	Damaged  Reason = "damaged"  // not a warehouse file, or broken
	Locked   Reason = "locked"   // another program has the file open
	Newer    Reason = "newer"    // written by a newer version
	Disk     Reason = "disk"     // no space left
	Memory   Reason = "memory"   // more memory needed than allowed
	Access   Reason = "access"   // no permission for the file
	BadValue Reason = "value"    // a value that does not fit: overflow, a bad cast
	Refused  Reason = "refused"  // the statement may not run: it would write, or read outside of the warehouse
	Mistake  Reason = "mistake"  // a mistake in SQL
	Internal Reason = "internal" // a bug
)

// Error is a failure of a query engine whose reason is known. File is empty where no file is meant.
type Error struct {
	Reason  Reason
	File    string
	Message string // the engine's own first line, for the log
}

func (e *Error) Error() string {
	if e.File != "" {
		return fmt.Sprintf("%s: %s: %s", e.File, e.Reason, e.Message)
	}
	return fmt.Sprintf("%s: %s", e.Reason, e.Message)
}

// IsReason reports whether err is an Error of that reason.
func IsReason(err error, reason Reason) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == reason
}

// Explain is what to tell a user of an error: a constant summary and a sentence. ok is false for errors that are none of
// ours to explain.
func Explain(err error) (summary, detail string, ok bool) {
	var e *Error
	if !errors.As(err, &e) {
		return "", "", false
	}
	file := "The warehouse file"
	if e.File != "" {
		file = e.File
	}
	switch e.Reason {
	case Damaged:
		return "Warehouse file is damaged", file + " is not a DuckDB database, or it is damaged. Nothing was changed. Restore it from a backup, or choose another path in the warehouse block. DuckDB says: " + e.Message, true
	case Locked:
		return "Warehouse file is in use", file + " is open in another program, which must close it first.", true
	case Newer:
		return "Warehouse file is too new", file + " was written by a newer version of DuckDB than this cdp has. Update cdp.", true
	case Disk:
		return "No space left on disk", "The disk is full, or its limit for temporary files is reached. Nothing that was not yet committed was kept. Make room and run the command again.", true
	case Memory:
		return "Out of memory", "The work needs more memory than the machine gives, also after writing temporary files. Nothing that was not yet committed was kept. Give it more memory and run the command again.", true
	case Access:
		return "Warehouse file cannot be opened", file + " cannot be read or written with your permissions.", true
	case BadValue:
		return "Value does not fit", "A value cannot be converted: " + e.Message, true
	case Refused:
		return "Statement refused", "It would change data or settings, or read outside of the warehouse.", true
	case Mistake:
		return "Invalid SQL", e.Message, true
	case Internal:
		return "Query engine failed", "The query engine failed inside. This is a bug in cdp or in DuckDB: " + e.Message, true
	}
	return "", "", false
}
