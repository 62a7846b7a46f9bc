package identity

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"
)

func allRegions() []string {
	var regions []string
	for r := range phonenumbers.GetSupportedRegions() {
		regions = append(regions, r)
	}
	slices.Sort(regions)
	return regions
}

// sample draws a number: an example of a region, changed a little, spelled in one of the usual ways.
func sample(t *rapid.T, regions []string) (raw, region string) {
	home := rapid.SampledFrom(regions).Draw(t, "home")
	kind := rapid.SampledFrom([]phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE, phonenumbers.TOLL_FREE, phonenumbers.VOIP}).Draw(t, "kind")
	n := phonenumbers.GetExampleNumberForType(home, kind)
	if n == nil {
		n = phonenumbers.GetExampleNumber(home)
	}
	national := []byte(phonenumbers.GetNationalSignificantNumber(n))
	for range rapid.IntRange(0, 8).Draw(t, "changes") {
		national[rapid.IntRange(0, len(national)-1).Draw(t, "at")] = byte('0' + rapid.IntRange(0, 9).Draw(t, "digit"))
	}
	switch rapid.IntRange(0, 9).Draw(t, "length") {
	case 0:
		national = national[:len(national)-1]
	case 1:
		national = append(national, '7')
	}
	region = home
	if rapid.IntRange(0, 3).Draw(t, "elsewhere") == 0 {
		region = rapid.SampledFrom(append([]string{"", "ZZ"}, regions...)).Draw(t, "region")
	}
	code := fmt.Sprint(phonenumbers.GetCountryCodeForRegion(home))
	prefix := phonenumbers.GetNddPrefixForRegion(home, true)
	switch rapid.IntRange(0, 7).Draw(t, "spelling") {
	case 0:
		return string(national), region
	case 1:
		return prefix + string(national), region
	case 2:
		return "+" + code + string(national), region
	case 3:
		return "00" + code + string(national), region
	case 4:
		return code + string(national), region
	case 5:
		return "+" + code + " (0)" + string(national), region
	case 6:
		return "(" + prefix + string(national[:2]) + ") " + string(national[2:]), region
	}
	return "+" + code + " " + string(national[:3]) + "-" + string(national[3:]), region
}

func TestPhoneFastPathEqualsLibrary(t *testing.T) {
	regions, p := allRegions(), phoneTables()
	var fast, all int
	rapid.Check(t, func(t *rapid.T) {
		raw, region := sample(t, regions)
		all++
		got, done := p.fast(nil, []byte(raw), region)
		if !done {
			return
		}
		fast++
		want, ok := slowPhone(nil, []byte(raw), region)
		if !ok || string(got) != string(want) {
			t.Fatalf("%q in %q: fast path says %q, library %q (valid: %v)", raw, region, got, want, ok)
		}
	})
	if fast*10 < all {
		t.Errorf("the fast path answered %d of %d", fast, all)
	}
}

func TestPhone(t *testing.T) {
	for _, c := range []struct{ raw, region, want string }{
		{"(415) 555-2671", "US", "+14155552671"},
		{"+1 (415) 555\u20112671", "US", "+14155552671"},
		{"1 415 555 2671", "US", "+14155552671"},
		{"0612345678", "FR", "+33612345678"},
		{"+33 6 12 34 56 78", "", "+33612345678"},
		{"07400 123456", "uk", "+447400123456"},
		{"０６１２３４５６７８", "FR", "+33612345678"},
		{"+1 415 555 2671 ext. 12", "US", "+14155552671;ext=12"},
		{"4155552671", "", ""},
		{"4155552671", "GB", ""},
		{"12", "US", ""},
		{"unknown", "US", ""},
		{"+10000000000", "US", ""},
	} {
		got, ok := normalPhone(nil, []byte(c.raw), c.region)
		if string(got) != c.want || ok != (c.want != "") {
			t.Errorf("%q in %q: %q %v, want %q", c.raw, c.region, got, ok, c.want)
		}
	}
}

func BenchmarkPhone(b *testing.B) {
	for _, c := range []struct{ name, raw, region string }{{"e164", "+33612345678", "FR"}, {"national", "06 12 34 56 78", "FR"}, {"library", "+33612345678 x1", "FR"}} {
		b.Run(c.name, func(b *testing.B) {
			dst := make([]byte, 0, 64)
			for range b.N {
				normalPhone(dst[:0], []byte(c.raw), c.region)
			}
		})
	}
}
