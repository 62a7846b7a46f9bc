package identity

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestStatementsKeepTheRules(t *testing.T) {
	if err := statements.Check(); err != nil {
		t.Error(err)
	}
}

func TestForms(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		kind, raw, want string
		standing        standing
	}{
		{"email", " Ann.Lee+x@GMAIL.com ", "annlee@gmail.com", usable},
		{"email", "Ann.Lee+x@Outlook.com", "ann.lee@outlook.com", usable},
		{"email", "Ann.Lee+x@corp.example", "ann.lee+x@corp.example", usable},
		{"email", "ann@münchen.example", "ann@xn--mnchen-3ya.example", usable},
		{"email", "ann@XN--MNCHEN-3ya.example", "ann@xn--mnchen-3ya.example", usable},
		{"email", "İ@x.example", "i\u0307@x.example", usable},
		{"email", "straße@x.example", "straße@x.example", usable},
		{"email", "a@b@c.example", "", absent},
		{"email", "a b@c.example", "", absent},
		{"email", "@c.example", "", absent},
		{"email", "+x@gmail.com", "", absent},
		{"email", "a@b..example", "", absent},
		{"email", "n.u.l.l@gmail.com", "null@gmail.com", blocked},
		{"email", "NoReply@x.example", "noreply@x.example", blocked},
		{"email", "N/A", "n/a", blocked},
		{"text", "  ＡＢＣ\u200b  x ", "abc x", usable},
		{"text", "Straße", "strasse", usable},
		{"text", "\u200b", "", absent},
		{"text", "UNKNOWN", "unknown", blocked},
		{"name", "Zoë Łukasz Ørsted", "zoe lukasz orsted", usable},
		{"date", "1990-05-17 00:00:00", "1990-05-17", usable},
		{"date", "17.05.1990", "1990-05-17", usable},
		{"date", "19900517", "1990-05-17", usable},
		{"date", "05/06/1990", "", absent},
		{"date", "1890-05-17", "", absent},
		{"date", "1990-01-01", "1990-01-01", blocked},
		{"date", "1900-01-01", "1900-01-01", blocked},
		{"phone", "0000000000", "0000000000", blocked},
		{"phone", "12", "", absent},
	} {
		got, standing := newFormer(c.kind, now).form(nil, []byte(c.raw), "US")
		if standing != c.standing || (standing != absent && string(got) != c.want) {
			t.Errorf("%s %q: %q %d, want %q %d", c.kind, c.raw, got, standing, c.want, c.standing)
		}
	}
}

// A match form is its own match form, and arbitrary bytes do no harm.
func TestFormsAreStable(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"a", "Ann", ".", "+", "@", "gmail.com", "x.example", " ", "İ", "ß", "\u0301", "\u200d", "１", "0", "06", "\xff", "-", "1990-05-17", "münchen", "("}
	for range 20_000 {
		var raw []byte
		for range rng.IntN(8) {
			raw = append(raw, pieces[rng.IntN(len(pieces))]...)
		}
		for _, kind := range []string{"email", "text", "name", "phone", "date"} {
			f := newFormer(kind, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))
			once, standing := f.form(nil, raw, "FR")
			if standing != usable {
				continue
			}
			if twice, again := f.form(nil, once, "FR"); again != usable || string(twice) != string(once) {
				t.Fatalf("%s %q: %q, then %q", kind, raw, once, twice)
			}
		}
	}
}
