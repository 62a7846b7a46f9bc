package activation

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"time"
)

// status is the state in which an operation ends.
type status byte

// The states. Pending was not tried, or is known not to have happened.
const (
	delivered status = iota + 1
	rejected
	unknown
	pending
)

var statusNames = map[status]string{delivered: "delivered", rejected: "rejected", unknown: "unknown", pending: "pending"}

func (s status) String() string { return statusNames[s] }

// replay is what a journal says in the end of every record it names.
type replay struct {
	run     string
	damaged bool // a record in it cannot be read; records it does not name may have been sent
	syncs   map[string]map[keyDigest]replayed
}

type replayed struct {
	journaled
	evidence string
	at       time.Time
}

var errDamaged = errors.New("the journal is damaged")

// readJournal reads a journal as far as it can be read. A record cut off at the end is what a crash leaves: it was not on
// disk, so its batch never left. Anything else that cannot be read is damage.
func readJournal(path string, place JournalPlace) (*replay, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	r := &replay{syncs: map[string]map[keyDigest]replayed{}}
	for first := true; len(data) > 0; first = false {
		kind, payload, rest, err := cut(data)
		if err == nil && rest == nil {
			break // cut off
		}
		if err == nil && first != (kind == recordOpen) {
			err = errDamaged
		}
		if err == nil {
			err = r.take(kind, payload, place)
		}
		if err != nil {
			r.damaged = true
			break
		}
		data = rest
	}
	if r.run == "" {
		r.damaged = true
	}
	return r, nil
}

// cut takes one record off. A nil rest without an error means that it is cut off.
func cut(data []byte) (kind byte, payload, rest []byte, err error) {
	if len(data) < headSize {
		return 0, nil, nil, nil
	}
	if binary.LittleEndian.Uint32(data[5:]) != crc32.Checksum(data[:5], castagnoli) {
		return 0, nil, nil, errDamaged
	}
	n := int(binary.LittleEndian.Uint32(data[1:]))
	if len(data)-headSize-tailSize < n {
		return 0, nil, nil, nil
	}
	payload, rest = data[headSize:headSize+n], data[headSize+n+tailSize:]
	if binary.LittleEndian.Uint32(data[headSize+n:]) != crc32.Checksum(payload, castagnoli) {
		return 0, nil, nil, errDamaged
	}
	return data[0], payload, rest, nil
}

func (r *replay) take(kind byte, payload []byte, place JournalPlace) error {
	d := &decoder{data: payload}
	switch kind {
	case recordOpen:
		var o opening
		if err := json.Unmarshal(payload, &o); err != nil || o.UUID != place.UUID || o.Format != 1 {
			return errDamaged
		}
		r.run = o.Run
		return nil
	case recordIntent:
		records := r.of(d.text())
		d.text()
		for n := d.count(16); n > 0; n-- {
			key := d.key()
			records[key] = replayed{journaled: journaled{key: key, status: unknown, outcome: "unknown"}}
		}
	case recordOutcome:
		records := r.of(d.text())
		d.text()
		evidence := d.text()
		at := time.UnixMicro(int64(d.uint64())).UTC()
		for n := d.count(21); n > 0; n-- {
			e := replayed{journaled: journaled{key: d.key(), status: status(d.byte())}, evidence: evidence, at: at}
			e.outcome, e.code, e.message, e.requestID = d.text(), d.text(), d.text(), d.text()
			if _, ok := statusNames[e.status]; !ok {
				return errDamaged
			}
			records[e.key] = e
		}
	default:
		return errDamaged
	}
	if d.failed || len(d.data) > 0 {
		return errDamaged
	}
	return nil
}

func (r *replay) of(sync string) map[keyDigest]replayed {
	if r.syncs[sync] == nil {
		r.syncs[sync] = map[keyDigest]replayed{}
	}
	return r.syncs[sync]
}

// decoder reads a payload and remembers that it was too short.
type decoder struct {
	data   []byte
	failed bool
}

func (d *decoder) take(n int) []byte {
	if d.failed || n < 0 || n > len(d.data) {
		d.failed = true
		return make([]byte, max(min(n, 16), 0))
	}
	out := d.data[:n]
	d.data = d.data[n:]
	return out
}

// count reads how many items follow, each of at least size bytes.
func (d *decoder) count(size int) int {
	n, used := binary.Uvarint(d.data)
	if used <= 0 || n > uint64(len(d.data)/size) {
		d.failed = true
		return 0
	}
	d.data = d.data[used:]
	return int(n)
}

func (d *decoder) text() string {
	n, used := binary.Uvarint(d.data)
	if used <= 0 || n > uint64(len(d.data)-used) {
		d.failed = true
		return ""
	}
	d.data = d.data[used:]
	return string(d.take(int(n)))
}

func (d *decoder) key() keyDigest { return keyDigest(pad(d.take(16), 16)) }

func (d *decoder) byte() byte { return pad(d.take(1), 1)[0] }

func (d *decoder) uint64() uint64 { return binary.LittleEndian.Uint64(pad(d.take(8), 8)) }

func pad(b []byte, n int) []byte {
	if len(b) < n {
		return make([]byte, n)
	}
	return b
}
