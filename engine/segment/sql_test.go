package segment

import "testing"

// TestSQL holds the statements to the rules of the house.
func TestSQL(t *testing.T) {
	if err := statements.Check(); err != nil {
		t.Error(err)
	}
}
