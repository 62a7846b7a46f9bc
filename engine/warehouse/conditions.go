package warehouse

import "context"

// Splitter takes a user's condition apart with the engine's own parser. An Analyzer that can do it is one.
type Splitter interface {
	// Split gives the condition as it is made of others. A condition that cannot be taken apart is one piece.
	Split(ctx context.Context, text string) Condition
}

// Condition is a piece of a user's condition: Text as it was written, without brackets around it. Op is "and" or "or" if it
// is made of Parts; Offset is the place of Text in what was split.
type Condition struct {
	Text   string
	Offset int
	Op     string
	Parts  []Condition
}
