package http

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// numberText is the text of a number of jq, exact; false: v is no number.
func numberText(v any) (string, bool) {
	switch n := v.(type) {
	case json.Number:
		return string(n), true
	case int:
		return strconv.Itoa(n), true
	case float64, *big.Int:
		text, _ := gojq.Marshal(n) // NaN becomes null, as in jq
		return string(text), string(text) != "null"
	}
	return "", false
}

// plainNumber is a number's canonical text: no exponent, no needless zeros. 150.00, 1.5e2 and 150 are the same text.
// false: it is not a number, or its exponent is beyond reason.
func plainNumber(text string) (string, bool) {
	if !validNumber(text) {
		return "", false
	}
	negative := strings.HasPrefix(text, "-")
	mantissa, exponent := strings.TrimPrefix(text, "-"), 0
	if at := strings.IndexAny(mantissa, "eE"); at >= 0 {
		e, err := strconv.Atoi(mantissa[at+1:])
		if err != nil || e > 400 || e < -400 {
			return "", false
		}
		mantissa, exponent = mantissa[:at], e
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	all, point := whole+fraction, len(whole)+exponent
	if point < 0 {
		all, point = strings.Repeat("0", -point)+all, 0
	}
	if point > len(all) {
		all += strings.Repeat("0", point-len(all))
	}
	whole, fraction = strings.TrimLeft(all[:point], "0"), strings.TrimRight(all[point:], "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if negative && whole != "0" {
		whole = "-" + whole
	}
	return whole, true
}
