package state

// CheckSQL lets tests hold the package's statements against the rules of the house.
func CheckSQL() error { return statements.Check() }
