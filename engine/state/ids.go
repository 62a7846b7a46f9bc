package state

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

var ids = struct {
	sync.Mutex
	entropy *ulid.MonotonicEntropy
	last    uint64
}{entropy: ulid.Monotonic(rand.Reader, 0)}

// NewID returns a ULID for a run or a load. IDs of one process sort in the order they were made, also when the clock is
// set back meanwhile.
func NewID() string {
	ids.Lock()
	defer ids.Unlock()
	ids.last = max(ids.last, ulid.Timestamp(time.Now()))
	id, err := ulid.New(ids.last, ids.entropy)
	if err != nil { // the entropy of this millisecond is used up: the next one has fresh entropy
		ids.last++
		id = ulid.MustNew(ids.last, ids.entropy)
	}
	return id.String()
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
