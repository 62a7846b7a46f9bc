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
}

// Limit is a guard's limit: the default or what the block says.
type Limit struct {
	Name  string
	Limit float64
	Floor int64 // a ratio trips only when Rows > Floor
	Off   bool
}

// DefaultFloor is how many rows a ratio guard lets through whatever the ratio.
const DefaultFloor = 10

// Defaults are the limits in force where no block says otherwise, by name.
var Defaults = map[string]Limit{
	"max_reject_ratio": {Name: "max_reject_ratio", Limit: 0.01, Floor: DefaultFloor},
	"empty_result":     {Name: "empty_result", Limit: 0},
	"max_remove_ratio": {Name: "max_remove_ratio", Limit: 0.2, Floor: DefaultFloor},
	"max_churn":        {Name: "max_churn", Limit: 0.2, Floor: DefaultFloor},
}

// Ratio judges rows ÷ of against l.
func Ratio(l Limit, address string, rows, of int64) Verdict {
	v := Verdict{Name: l.Name, Address: address, Status: OK, Limit: l.Limit, Rows: rows, Of: of, Floor: l.Floor}
	if of > 0 {
		v.Value = float64(rows) / float64(of)
	} else if rows > 0 {
		v.Value = 1
	}
	if !l.Off && v.Value > l.Limit && rows > l.Floor {
		v.Status = Blocked
	}
	return v
}

// Count judges a number against l.
func Count(l Limit, address string, n int64) Verdict {
	v := Verdict{Name: l.Name, Address: address, Status: OK, Limit: l.Limit, Value: float64(n), Rows: n}
	if !l.Off && float64(n) > l.Limit {
		v.Status = Blocked
	}
	return v
}

// Empty judges "had rows, now none".
func Empty(l Limit, address string, before, now int64) Verdict {
	v := Verdict{Name: l.Name, Address: address, Status: OK, Limit: 0, Value: float64(now), Rows: now, Of: before}
	if !l.Off && before > 0 && now == 0 {
		v.Status = Blocked
	}
	return v
}

// Allow turns a blocked verdict into an allowed one.
func Allow(v Verdict) Verdict {
	if v.Status == Blocked {
		v.Status = Allowed
	}
	return v
}
