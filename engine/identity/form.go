package identity

import (
	"bytes"
	"time"
)

// standing of a normalised value.
type standing uint8

const (
	absent  standing = iota // no value: blank, or not of its kind
	usable                  // links records
	blocked                 // a placeholder: listed, links nobody
)

// former normalises values of one identifier, one goroutine at a time.
type former struct {
	kind  string
	now   time.Time
	cache map[string]string // what the telephone library answered; "" for no valid number
}

// cacheSize bounds the cache of a former.
const cacheSize = 100_000

func newFormer(kind string, now time.Time) *former {
	return &former{kind: kind, now: now, cache: map[string]string{}}
}

// form appends the match form of raw.
func (f *former) form(dst, raw []byte, region string) ([]byte, standing) {
	start := len(dst)
	var ok bool
	switch f.kind {
	case "email":
		if dst, ok = normalEmail(dst, raw); ok {
			return dst, blockedIf(placeholderEmail(dst[start:]))
		}
		return blockedWord(dst, raw)
	case "phone":
		if dst, ok = f.phone(dst, raw, region); ok {
			return dst, usable
		}
		if placeholderPhone(raw) {
			return append(dst, bytes.TrimSpace(raw)...), blocked
		}
		return blockedWord(dst, raw)
	case "date":
		var doubtful bool
		if dst, ok, doubtful = normalDate(dst, raw, f.now); ok {
			return dst, blockedIf(doubtful)
		}
		return blockedWord(dst, raw)
	case "name":
		dst = normalName(dst, raw)
	default:
		dst = normalText(dst, raw)
	}
	if len(dst) == start {
		return dst, absent
	}
	return dst, blockedIf(placeholder(dst[start:]))
}

// phone is normalPhone with a memory for what only the library can tell.
func (f *former) phone(dst, raw []byte, region string) ([]byte, bool) {
	region = phoneRegionCode(region)
	if out, ok := phoneTables().fast(dst, raw, region); ok {
		return out, true
	}
	key := region + "\x00" + string(raw)
	number, known := f.cache[key]
	if !known {
		out, _ := slowPhone(nil, raw, region)
		number = string(out)
		if len(f.cache) >= cacheSize {
			clear(f.cache)
		}
		f.cache[key] = number
	}
	return append(dst, number...), number != ""
}

func blockedIf(yes bool) standing {
	if yes {
		return blocked
	}
	return usable
}

// blockedWord lists a value that is not of its kind if it is a word for "no value"; else it is no value.
func blockedWord(dst, raw []byte) ([]byte, standing) {
	if !placeholder(raw) {
		return dst, absent
	}
	return append(dst, bytes.ToLower(bytes.TrimSpace(raw))...), blocked
}
