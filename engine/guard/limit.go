package guard

// Limit is a guard's limit: the default or what the block says.
type Limit struct {
	Name  string
	Limit float64
	Floor int64 // a ratio trips only when Rows > Floor
	Off   bool

	Reason   string // why the block says otherwise
	Loosened bool   // the block lets through what the default would not
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

// switches are the guards that are on or off and have no limit: 0 is off.
var switches = map[string]bool{"empty_result": true}

// Setting is what a block says of one guard. A limit or a floor below 0 is not said.
type Setting interface {
	Says() (name string, limit float64, floor int64, reason string)
}

// Of is the limit of a guard where a block says this of its guards: the default, and over it what the block says. ok is
// false for a guard that has neither: it is not judged.
func Of[S Setting](name string, said []S) (l Limit, ok bool) {
	l, ok = Defaults[name]
	usual, common := l, ok // what it is, and whether there is a default
	for _, s := range said {
		of, limit, floor, reason := s.Says()
		if of != name || (!ok && limit < 0) {
			continue
		}
		if !ok {
			l, ok = Limit{Name: name, Floor: DefaultFloor}, true
		}
		l.Reason = reason
		if switches[name] {
			l.Off = limit == 0
			continue
		}
		if limit >= 0 {
			l.Limit = limit
		}
		if floor >= 0 {
			l.Floor = floor
		}
	}
	l.Loosened = common && (l.Off || l.Limit > usual.Limit || l.Floor > usual.Floor)
	return l, ok
}
