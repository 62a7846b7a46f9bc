package guard

// Status of a guard.
type Status string

// The statuses. Allowed: it tripped, and the user let it through by name (--allow guard:ADDR).
const (
	OK      Status = "ok"
	Blocked Status = "blocked"
	Allowed Status = "allowed"
	Warned  Status = "warned"
)

// Verdict is one guard judged. Value and Limit have the guard's own unit: a ratio, a count, seconds.
type Verdict struct {
	Name    string
	Address string
	Status  Status
	Value   float64
	Limit   float64
	Rows    int64  // rows behind a ratio
	Of      int64  // what a ratio is of
	Floor   int64  // rows up to which a ratio does not trip, whatever it is
	Detail  string // one sentence for people

	Override bool   `json:",omitempty"` // the default would have blocked: the block's own limit lets it through
	Reason   string `json:",omitempty"` // why the block has a limit of its own
}

// Ratio judges rows ÷ of against l.
func Ratio(l Limit, address string, rows, of int64) Verdict {
	v := Verdict{Name: l.Name, Address: address, Status: OK, Limit: l.Limit, Rows: rows, Of: of, Floor: l.Floor, Reason: l.Reason}
	if of > 0 {
		v.Value = float64(rows) / float64(of)
	} else if rows > 0 {
		v.Value = 1
	}
	if !l.Off && v.Value > l.Limit && rows > l.Floor {
		v.Status = Blocked
	}
	return v.against(l, func(usual Limit) Verdict { return Ratio(usual, address, rows, of) })
}

// Count judges a number against l.
func Count(l Limit, address string, n int64) Verdict {
	v := Verdict{Name: l.Name, Address: address, Status: OK, Limit: l.Limit, Value: float64(n), Rows: n, Reason: l.Reason}
	if !l.Off && float64(n) > l.Limit {
		v.Status = Blocked
	}
	return v
}

// Empty judges "had rows, now none".
func Empty(l Limit, address string, before, now int64) Verdict {
	v := Verdict{Name: l.Name, Address: address, Status: OK, Limit: 0, Value: float64(now), Rows: now, Of: before, Reason: l.Reason}
	if !l.Off && before > 0 && now == 0 {
		v.Status = Blocked
	}
	return v.against(l, func(usual Limit) Verdict { return Empty(usual, address, before, now) })
}

// against notes that the default would have blocked what the block's own limit lets through.
func (v Verdict) against(l Limit, judge func(usual Limit) Verdict) Verdict {
	v.Override = l.Loosened && v.Status == OK && judge(Defaults[l.Name]).Status == Blocked
	return v
}

// Allow turns a blocked verdict into an allowed one.
func Allow(v Verdict) Verdict {
	if v.Status == Blocked {
		v.Status = Allowed
	}
	return v
}
