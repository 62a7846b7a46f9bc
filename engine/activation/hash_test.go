package activation

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var vectorKinds = map[string]string{
	"email": "email", "email_address": "email", "sha256_email": "email", "email_sha256": "email",
	"phone": "phone", "phone_number": "phone", "phone_sha256": "phone", "fn": "first", "given_name": "first", "ln": "last",
	"family_name": "last", "ct": "city", "st": "state", "zip": "zip", "country": "country", "gen": "gender", "dobm": "month",
}

var region = regexp.MustCompile(` \[(\w\w)\]$`)

// TestToolsNormalForms holds the forms against vectors collected from what each tool's documentation says; the note of each
// names its source.
func TestToolsNormalForms(t *testing.T) {
	f, err := os.Open(filepath.Join("testdata", "hash_vectors.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, row := range rows[1:] {
		tool, field, input, want := row[0], strings.ToLower(row[1]), row[2], row[4]
		kind, ok := vectorKinds[field]
		if !ok || strings.Contains(row[5], "nohash") && want == "" && row[3] != "" {
			continue
		}
		text := tool + "." + kind
		if m := region.FindStringSubmatch(input); m != nil {
			text, input = text+"."+m[1], region.ReplaceAllString(input, "")
		}
		form, err := parseForm(text, field)
		if err != nil {
			t.Errorf("%s %s: %v", tool, field, err)
			continue
		}
		got, _ := form.hash(input)
		if got != want {
			t.Errorf("%s %s %q: normal form %q, want %q", tool, field, input, form.normalize(input), row[3])
		}
		checked++
	}
	if checked < 20 {
		t.Errorf("only %d vectors were checked", checked)
	}
}

func TestForms(t *testing.T) {
	for text, field := range map[string]string{"meta": "em", "google": "email_address", "tiktok.phone.US": "x", "linkedin": "SHA256_EMAIL"} {
		if _, err := parseForm(text, field); err != nil {
			t.Errorf("%s of %s: %v", text, field, err)
		}
	}
	for text, says := range map[string]string{"mata": `Did you mean "meta"?`, "meta.emial": `Did you mean "email"?`, "meta": "Write it after the tool"} {
		if _, err := parseForm(text, "favourite"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
	f, err := parseForm("meta", "email")
	if err != nil {
		t.Fatal(err)
	}
	once, _ := f.hash("a@b.example")
	twice, _ := f.hash(strings.ToUpper(once))
	equal(t, twice, once, "a hash is not hashed again")
	if _, ok := f.hash("  "); ok {
		t.Error("nothing was hashed")
	}
}

func TestPhoneWithoutItsCountryHasNoHash(t *testing.T) {
	f, _ := parseForm("google.phone", "p")
	for number, want := range map[string]string{"(415) 555-2671": "", "4155552671": "", "13812345678": "", "+1 415 555 2671": "+14155552671", "0044 7911 123456": "+447911123456", "447911123456": "+447911123456", "14155552671": "+14155552671"} {
		equal(t, f.normalize(number), want, number)
	}
}

func TestHashedInTheRun(t *testing.T) {
	p := newProject(t)
	p.people = people(3)
	p.people[1].email = " U00000@X.example "
	p.sync.Key[0] = mapping("em", "email")
	p.sync.Hash = map[string]string{"em": "meta"}
	r := p.plan()
	equal(t, r.Counts, Counts{Add: 1, Invalid: 2}, "two customers with one e-mail in Meta's form")
	p.people[1].email = "other@x.example"
	p.apply()
	f, _ := parseForm("meta", "em")
	h, _ := f.hash("other@x.example")
	if p.tool.contacts[`{"em":"`+h+`"}`] == nil {
		t.Error("the tool has no contact of that hash")
	}
}
