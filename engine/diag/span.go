package diag

// Text is a user's text (an SQL expression, a jq program) with the way back to where it was written: Spans map byte
// offsets of Value to source positions, in order of offset.
type Text struct {
	Value string
	Range Range // the whole literal
	Spans []Span
}

// Span says that Value[Offset:Offset+Length] was written at Source. A span that was not written as is (a reference
// rendered as a table name) has Exact false: every offset in it maps to the start of Source.
type Span struct {
	Offset, Length int
	Source         Range
	Exact          bool
	Written        string // of a reference: how the user wrote it, ${source.shop.orders}
}
