package guard

import "testing"

type said struct {
	name   string
	limit  float64
	floor  int64
	reason string
}

func (s said) Says() (string, float64, int64, string) { return s.name, s.limit, s.floor, s.reason }

func TestOf(t *testing.T) {
	for _, c := range []struct {
		about, name string
		said        []said
		want        Limit
		ok          bool
	}{
		{"a default", "max_churn", nil, Limit{Name: "max_churn", Limit: 0.2, Floor: 10}, true},
		{"no default", "max_remove", nil, Limit{}, false},
		{"others are said", "max_remove", []said{{"max_churn", 1, 1, ""}}, Limit{}, false},
		{"a default with another limit keeps its floor", "max_churn", []said{{"max_churn", 0.5, -1, ""}}, Limit{Name: "max_churn", Limit: 0.5, Floor: 10, Loosened: true}, true},
		{"a floor of its own", "max_churn", []said{{"max_churn", 0.5, 3, ""}}, Limit{Name: "max_churn", Limit: 0.5, Floor: 3, Loosened: true}, true},
		{"a floor of 0", "max_reject_ratio", []said{{"max_reject_ratio", 0, 0, ""}}, Limit{Name: "max_reject_ratio"}, true},
		{"a ratio without default has the floor of all ratios", "max_change_ratio", []said{{"max_change_ratio", 0.1, -1, ""}}, Limit{Name: "max_change_ratio", Limit: 0.1, Floor: 10}, true},
		{"a switch by default", "empty_result", nil, Limit{Name: "empty_result"}, true},
		{"a switch on", "empty_result", []said{{"empty_result", 1, -1, ""}}, Limit{Name: "empty_result"}, true},
		{"a switch off, with the block's floor", "empty_result", []said{{"empty_result", 0, 5, ""}}, Limit{Name: "empty_result", Off: true, Loosened: true}, true},
		{"tightened, with a reason", "max_remove_ratio", []said{{"max_remove_ratio", 0.1, -1, "few leave"}}, Limit{Name: "max_remove_ratio", Limit: 0.1, Floor: 10, Reason: "few leave"}, true},
		{"a floor alone keeps the limit", "max_remove_ratio", []said{{"max_remove_ratio", -1, 100, "small"}}, Limit{Name: "max_remove_ratio", Limit: 0.2, Floor: 100, Reason: "small", Loosened: true}, true},
		{"a floor alone is no limit", "max_change_ratio", []said{{"max_change_ratio", -1, 100, ""}}, Limit{}, false},
	} {
		if got, ok := Of(c.name, c.said); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v %v, want %+v %v", c.about, got, ok, c.want, c.ok)
		}
	}
}

func TestVerdicts(t *testing.T) {
	ratio := Limit{Name: "r", Limit: 0.1, Floor: 10}
	for _, c := range []struct {
		about string
		got   Verdict
		want  Status
	}{
		{"at the ratio", Ratio(ratio, "a", 20, 200), OK},
		{"above it", Ratio(ratio, "a", 21, 200), Blocked},
		{"above it, at the floor", Ratio(ratio, "a", 10, 20), OK},
		{"of nothing", Ratio(ratio, "a", 11, 0), Blocked},
		{"off", Ratio(Limit{Off: true}, "a", 11, 0), OK},
		{"a count at its limit has no floor", Count(Limit{Limit: 2, Floor: 10}, "a", 2), OK},
		{"a count above it", Count(Limit{Limit: 2, Floor: 10}, "a", 3), Blocked},
		{"had rows, has none", Empty(Limit{}, "a", 1, 0), Blocked},
		{"had none", Empty(Limit{}, "a", 0, 0), OK},
		{"had rows, has none, off", Empty(Limit{Off: true}, "a", 1, 0), OK},
		{"let through", Allow(Empty(Limit{}, "a", 1, 0)), Allowed},
	} {
		if c.got.Status != c.want {
			t.Errorf("%s: %s, want %s", c.about, c.got.Status, c.want)
		}
	}
}

func TestOverride(t *testing.T) {
	loose, _ := Of("max_remove_ratio", []said{{"max_remove_ratio", 0.5, -1, "they come back"}})
	off, _ := Of("empty_result", []said{{"empty_result", 0, -1, "a list that ends"}})
	tight, _ := Of("max_remove_ratio", []said{{"max_remove_ratio", 0.1, -1, ""}})
	for _, c := range []struct {
		about    string
		got      Verdict
		override bool
		reason   string
	}{
		{"what the default would block", Ratio(loose, "a", 40, 100), true, "they come back"},
		{"what the default lets through as well", Ratio(loose, "a", 20, 100), false, "they come back"},
		{"what neither lets through", Ratio(loose, "a", 60, 100), false, "they come back"},
		{"a switch that is off", Empty(off, "a", 5, 0), true, "a list that ends"},
		{"a switch that is off and not needed", Empty(off, "a", 5, 1), false, "a list that ends"},
		{"a tighter limit", Ratio(tight, "a", 15, 100), false, ""},
	} {
		if c.got.Override != c.override || c.got.Reason != c.reason {
			t.Errorf("%s: %+v", c.about, c.got)
		}
	}
}
