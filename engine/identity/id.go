package identity

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
)

// idBytes is how much of the hash an id has: 80 bits, 16 letters.
const idBytes = 10

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// appendID writes the id of an anchor record: prefix_ and base32 of a hash of input and key; n > 0 gives the next id of the
// same anchor, when those before it were given out.
func appendID(dst []byte, prefix, input string, key []byte, n int) []byte {
	var buffer [256]byte
	text := append(append(append(buffer[:0], input...), 0x1f), key...)
	if n > 0 {
		text = strconv.AppendInt(append(text, 0x1f), int64(n), 10)
	}
	sum := sha256.Sum256(text)
	dst = append(append(dst, prefix...), '_')
	return letters.AppendEncode(dst, sum[:idBytes])
}
