package identity

// unions joins numbered records into sets. The smallest number of a set is its root, so the result does not depend on
// the order of joining.
type unions struct {
	parent []int32
}

func newUnions(n int) *unions {
	u := &unions{parent: make([]int32, n)}
	for i := range u.parent {
		u.parent[i] = int32(i)
	}
	return u
}

// find gives the root of a record and halves the way to it.
func (u *unions) find(x int32) int32 {
	for u.parent[x] != x {
		u.parent[x] = u.parent[u.parent[x]]
		x = u.parent[x]
	}
	return x
}

// join makes one set of two.
func (u *unions) join(a, b int32) {
	a, b = u.find(a), u.find(b)
	switch {
	case a < b:
		u.parent[b] = a
	case b < a:
		u.parent[a] = b
	}
}

// flatten points every record at its root and returns the slice: labels by record.
func (u *unions) flatten() []int32 {
	for i := range u.parent {
		// A parent is never larger than its child, so it is flat already.
		u.parent[i] = u.parent[u.parent[i]]
	}
	return u.parent
}
