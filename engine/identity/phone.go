package identity

import (
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// phones turns numbers as people write them into E.164. Plain spellings take a path of our own over automata made from
// the library's patterns; everything else goes to the library. Both give the same answer (a property test holds them
// to it). It is safe for use by several goroutines.
type phones struct {
	byRegion map[string]*phoneRegion
	byCode   [1000][]*phoneRegion // regions that share a country calling code, the main one first
	supports [1000]bool
}

// phoneRegion is what the fast path needs of a region's metadata.
type phoneRegion struct {
	code           string // country calling code
	general        *digits
	kinds          []phoneKind
	leading        *digits // numbers of this region begin so, among regions of one code
	hasLeading     bool
	prefix         *digits // national prefix as the library looks for it; nil with hasPrefix: not followed, be slow
	hasPrefix      bool
	nationalPrefix string  // the same, when it is plain digits
	abroad         *digits // international prefix
	followed       bool    // every pattern that validity needs could be followed
}

type phoneKind struct {
	lengths uint32 // bit n: n digits are possible; 0: not said
	pattern *digits
}

var phoneTables = sync.OnceValue(newPhones)

func newPhones() *phones {
	p := &phones{byRegion: map[string]*phoneRegion{}}
	all, err := phonenumbers.MetadataCollection()
	if err != nil {
		return p
	}
	for _, m := range all.GetMetadata() {
		if m.GetId() != "001" {
			p.byRegion[m.GetId()] = newPhoneRegion(m)
		}
	}
	for code := range phonenumbers.GetSupportedCallingCodes() {
		p.supports[code] = true
		for _, region := range phonenumbers.GetRegionCodesForCountryCode(code) {
			if r := p.byRegion[region]; r != nil {
				p.byCode[code] = append(p.byCode[code], r)
			}
		}
	}
	return p
}

func newPhoneRegion(m *phonenumbers.PhoneMetadata) *phoneRegion {
	r := &phoneRegion{
		code:       strconv.Itoa(int(m.GetCountryCode())),
		general:    compileDigits(m.GetGeneralDesc().GetNationalNumberPattern()),
		hasLeading: m.GetLeadingDigits() != "",
		leading:    compileDigits(m.GetLeadingDigits()),
		hasPrefix:  m.GetNationalPrefixForParsing() != "",
		prefix:     compileDigits(m.GetNationalPrefixForParsing()),
		abroad:     compileDigits(m.GetInternationalPrefix()),
	}
	if m.GetNationalPrefix() == m.GetNationalPrefixForParsing() && m.GetNationalPrefixTransformRule() == "" && allDigits(m.GetNationalPrefix()) {
		r.nationalPrefix = m.GetNationalPrefix()
	}
	r.followed = r.general != nil && (!r.hasLeading || r.leading != nil)
	for _, d := range []*phonenumbers.PhoneNumberDesc{
		m.GetMobile(), m.GetFixedLine(), m.GetTollFree(), m.GetPremiumRate(), m.GetSharedCost(), m.GetVoip(), m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail(),
	} {
		if d.GetNationalNumberPattern() == "" {
			continue
		}
		kind := phoneKind{pattern: compileDigits(d.GetNationalNumberPattern())}
		for _, n := range d.GetPossibleLength() {
			if n >= 0 && n < 32 {
				kind.lengths |= 1 << n
			} else {
				kind.lengths |= 1 << 31 // "never"
			}
		}
		r.followed = r.followed && kind.pattern != nil
		r.kinds = append(r.kinds, kind)
	}
	return r
}

// known reports whether a national number is of some kind of the region.
func (r *phoneRegion) known(number []byte) bool {
	if !r.general.whole(number) {
		return false
	}
	for _, k := range r.kinds {
		if (k.lengths == 0 || k.lengths&(1<<len(number)) != 0) && k.pattern.whole(number) {
			return true
		}
	}
	return false
}

// valid reports whether code and national number are a valid number. sure is false where the tables cannot tell.
func (p *phones) valid(code int, number []byte) (ok, sure bool) {
	regions := p.byCode[code]
	if len(regions) == 0 {
		return false, false
	}
	for _, r := range regions {
		if !r.followed {
			return false, false
		}
		if len(regions) > 1 && r.hasLeading {
			if r.leading.begins(number) {
				return r.known(number), true
			}
			continue
		}
		if r.known(number) {
			return true, true
		}
	}
	return false, true
}

// phoneFast answers for plain spellings of valid numbers; done is false when the library has to be asked.
func (p *phones) fast(dst, raw []byte, region string) (out []byte, done bool) {
	var buffer [17]byte
	number, plus, ok := plainDigits(buffer[:0], raw)
	if !ok {
		return dst, false
	}
	if plus {
		return p.fastAbroad(dst, number)
	}
	r := p.byRegion[region]
	if r == nil || !r.followed || r.abroad == nil || r.abroad.begins(number) || (r.hasPrefix && r.prefix == nil) {
		return dst, false
	}
	if r.hasPrefix && r.prefix.begins(number) {
		rest := number[len(r.nationalPrefix):]
		if r.nationalPrefix == "" || r.general.whole(number) || len(rest) < 3 || r.prefix.begins(rest) {
			return dst, false
		}
		if r.code != r.nationalPrefix && hasPrefix(number, r.code) {
			return dst, false
		}
		number = rest
	} else if !r.general.whole(number) {
		return dst, false
	}
	return p.finish(dst, r.code, number)
}

// fastAbroad reads +code number.
func (p *phones) fastAbroad(dst, number []byte) ([]byte, bool) {
	code := 0
	for n := 1; n <= 3 && n < len(number); n++ {
		code = code*10 + int(number[n-1]-'0')
		if code == 0 {
			return dst, false
		}
		if !p.supports[code] {
			continue
		}
		rest := number[n:]
		if len(p.byCode[code]) == 0 {
			return dst, false
		}
		if main := p.byCode[code][0]; main.hasPrefix && (main.prefix == nil || main.prefix.begins(rest)) {
			return dst, false
		}
		return p.finish(dst, string(number[:n]), rest)
	}
	return dst, false
}

// finish writes the number if it is surely valid. A leading zero is the library's business.
func (p *phones) finish(dst []byte, code string, number []byte) ([]byte, bool) {
	n := 0
	for i := range len(code) {
		n = n*10 + int(code[i]-'0')
	}
	if len(number) < 3 || number[0] == '0' {
		return dst, false
	}
	if ok, sure := p.valid(n, number); !ok || !sure {
		return dst, false
	}
	dst = append(dst, '+')
	dst = append(dst, code...)
	return append(dst, number...), true
}

// plainDigits takes the digits out of a number written with digits, spaces, hyphens, dots, brackets and at most a plus in
// front; ok is false for everything else.
func plainDigits(dst, raw []byte) (number []byte, plus, ok bool) {
	for i, c := range raw {
		switch {
		case c >= '0' && c <= '9':
			if len(dst) == cap(dst) {
				return dst, plus, false
			}
			dst = append(dst, c)
		case c == '+' && i == 0:
			plus = true
		case c == ' ' || c == '-' || c == '.' || c == '(' || c == ')':
		default:
			return dst, plus, false
		}
	}
	return dst, plus, len(dst) >= 6
}

// normalPhone is the match form of a telephone number: E.164, an extension set apart. Only valid numbers have one.
func normalPhone(dst, raw []byte, region string) (out []byte, ok bool) {
	region = phoneRegionCode(region)
	if out, ok := phoneTables().fast(dst, raw, region); ok {
		return out, true
	}
	return slowPhone(dst, raw, region)
}

// slowPhone asks the library.
func slowPhone(dst, raw []byte, region string) (out []byte, ok bool) {
	if len(raw) > 250 || region == "" && !strings.ContainsAny(string(raw), "+＋") {
		return dst, false
	}
	n, err := phonenumbers.Parse(string(raw), region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return dst, false
	}
	dst = append(dst, phonenumbers.Format(n, phonenumbers.E164)...)
	if ext := n.GetExtension(); ext != "" {
		dst = append(append(dst, ";ext="...), ext...)
	}
	return dst, true
}

// phoneRegionCode is a region as the library names it.
func phoneRegionCode(region string) string {
	region = strings.ToUpper(strings.TrimSpace(region))
	if region == "UK" {
		return "GB"
	}
	return region
}

func hasPrefix(number []byte, prefix string) bool {
	return len(number) >= len(prefix) && string(number[:len(prefix)]) == prefix
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
