package identity

import (
	"bytes"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// mailbox says what a provider ignores in the part before the @.
type mailbox struct {
	canonical string // the domain it is counted as
	dots      bool   // dots do not matter
	suffix    bool   // +suffix does not matter
}

// mailboxes are providers known to ignore parts of an address, by domain. Other domains keep every character.
var mailboxes = providers(map[string]mailbox{
	"gmail.com": {dots: true, suffix: true}, "googlemail.com": {canonical: "gmail.com", dots: true, suffix: true},
}, []string{
	"outlook.com", "hotmail.com", "live.com", "msn.com", "outlook.fr", "outlook.de", "outlook.es", "outlook.it", "outlook.jp", "outlook.in", "outlook.co.uk",
	"outlook.com.br", "outlook.com.au", "outlook.be", "outlook.ie", "outlook.pt", "outlook.at", "outlook.dk", "hotmail.fr", "hotmail.de", "hotmail.es",
	"hotmail.it", "hotmail.co.uk", "hotmail.co.jp", "hotmail.com.br", "hotmail.be", "hotmail.nl", "hotmail.se", "hotmail.no", "hotmail.dk", "hotmail.ca",
	"live.fr", "live.de", "live.it", "live.nl", "live.be", "live.se", "live.no", "live.dk", "live.ca", "live.co.uk", "live.com.au", "live.com.mx", "live.jp",
	"icloud.com", "me.com", "mac.com",
	"fastmail.com", "fastmail.fm",
	"proton.me", "protonmail.com", "protonmail.ch", "pm.me",
})

func providers(known map[string]mailbox, suffix []string) map[string]mailbox {
	for _, domain := range suffix {
		known[domain] = mailbox{suffix: true}
	}
	return known
}

// domains maps domain names as mail and DNS see them; it is lenient about underscores, which real data has.
var domains = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.BidiRule())

// normalEmail is the match form of an e-mail address; ok is false for what is none.
func normalEmail(dst, raw []byte) (out []byte, ok bool) {
	if !isASCII(raw) {
		text := tidy(string(raw))
		raw = []byte(norm.NFKC.String(cases.Lower(language.Und).String(text)))
	}
	raw = bytes.TrimFunc(raw, func(r rune) bool { return r <= ' ' || r == 0x7F })
	at := bytes.IndexByte(raw, '@')
	if at < 1 || at == len(raw)-1 || bytes.IndexByte(raw[at+1:], '@') >= 0 {
		return dst, false
	}
	start := len(dst)
	dst, ok = appendLocal(dst, raw[:at])
	if !ok {
		return dst[:start], false
	}
	domain, ok := mailDomain(raw[at+1:])
	if !ok {
		return dst[:start], false
	}
	if box, known := mailboxes[string(domain)]; known {
		if dst = box.apply(dst, start); len(dst) == start {
			return dst, false
		}
		if box.canonical != "" {
			domain = []byte(box.canonical)
		}
	}
	dst = append(dst, '@')
	return append(dst, domain...), true
}

// appendLocal lowers the part before the @. White space and controls inside make it no address.
func appendLocal(dst, local []byte) ([]byte, bool) {
	for _, c := range local {
		switch {
		case c < ' ' || c == 0x7F:
			continue
		case c == ' ':
			return dst, false
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		dst = append(dst, c)
	}
	return dst, true
}

// apply drops from the local part (dst from start on) what the provider ignores.
func (m mailbox) apply(dst []byte, start int) []byte {
	local := dst[start:]
	if m.suffix {
		if plus := bytes.IndexByte(local, '+'); plus >= 0 {
			local = local[:plus]
		}
	}
	n := 0
	for _, c := range local {
		if m.dots && c == '.' {
			continue
		}
		local[n] = c
		n++
	}
	return dst[:start+n]
}

// mailDomain is the domain in lower-case ASCII.
func mailDomain(raw []byte) ([]byte, bool) {
	if plain, ok := plainDomain(raw); ok {
		return plain, true
	}
	name, err := domains.ToASCII(strings.TrimSuffix(string(raw), "."))
	if err != nil {
		return nil, false
	}
	return plainDomain([]byte(name))
}

// plainDomain lowers a domain of ASCII letters, digits, hyphens and underscores between single dots.
func plainDomain(raw []byte) ([]byte, bool) {
	out := make([]byte, len(raw))
	label := 0
	for i, c := range raw {
		switch {
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		case c == '.' && label > 0:
			out[i], label = c, 0
			continue
		default:
			return nil, false
		}
		label++
		out[i] = c
	}
	return out, label > 0
}
