package activation

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
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

// replayed is what a journal's record says of one key. The last one holds.
type replayed struct {
	journaled
	sync, evidence string
	at             time.Time
}

var errDamaged = errors.New("the journal is damaged")

// journalFile reads a journal record by record: it may name more keys than memory holds.
type journalFile struct {
	place JournalPlace
	file  *os.File
	in    *bufio.Reader
	left  int64 // bytes not read yet
	frame []byte

	run     string
	damaged bool // a record in it cannot be read; keys it does not name may have been sent
}

func openJournalFile(path string, place JournalPlace) (*journalFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	return &journalFile{place: place, file: f, in: bufio.NewReaderSize(f, 1<<20), left: info.Size()}, nil
}

func (j *journalFile) close() { _ = j.file.Close() }

// next gives what the next record says, io.EOF after the last that can be read. A record cut off at the end is what a
// crash leaves: it was not on disk, so its batch never left. Anything else that cannot be read is damage.
func (j *journalFile) next() ([]replayed, error) {
	first := j.run == ""
	kind, payload, err := j.cut()
	if err == nil && first != (kind == recordOpen) {
		err = errDamaged
	}
	var said []replayed
	if err == nil {
		said, err = j.take(kind, payload)
	}
	switch {
	case err == nil:
		return said, nil
	case errors.Is(err, errDamaged), errors.Is(err, io.EOF):
		j.damaged = j.damaged || first || errors.Is(err, errDamaged)
		return nil, io.EOF
	}
	return nil, fmt.Errorf("reading the journal: %w", err)
}

// cut takes one record off. The payload is good until the next call. io.EOF means that there is none, or a part of one.
func (j *journalFile) cut() (kind byte, payload []byte, err error) {
	if j.left < headSize {
		return 0, nil, io.EOF
	}
	var head [headSize]byte
	if _, err := io.ReadFull(j.in, head[:]); err != nil {
		return 0, nil, err
	}
	if binary.LittleEndian.Uint32(head[5:]) != crc32.Checksum(head[:5], castagnoli) {
		return 0, nil, errDamaged
	}
	n := int64(binary.LittleEndian.Uint32(head[1:]))
	if j.left-headSize-tailSize < n {
		return 0, nil, io.EOF
	}
	if int64(cap(j.frame)) < n+tailSize {
		j.frame = make([]byte, n+tailSize)
	}
	frame := j.frame[:n+tailSize]
	if _, err := io.ReadFull(j.in, frame); err != nil {
		return 0, nil, err
	}
	if binary.LittleEndian.Uint32(frame[n:]) != crc32.Checksum(frame[:n], castagnoli) {
		return 0, nil, errDamaged
	}
	j.left -= headSize + n + tailSize
	return head[0], frame[:n], nil
}

// take reads a payload: all of it, or it is damaged.
func (j *journalFile) take(kind byte, payload []byte) ([]replayed, error) {
	d := &decoder{data: payload}
	var said []replayed
	switch kind {
	case recordOpen:
		var o opening
		if err := json.Unmarshal(payload, &o); err != nil || o.UUID != j.place.UUID || o.Format != 1 || o.Run == "" {
			return nil, errDamaged
		}
		j.run = o.Run
		return nil, nil
	case recordIntent:
		sync := d.text()
		d.text()
		for n := d.count(16); n > 0; n-- {
			said = append(said, replayed{journaled: journaled{key: d.key(), status: unknown, outcome: "unknown"}, sync: sync})
		}
	case recordOutcome:
		sync := d.text()
		d.text()
		evidence := d.text()
		at := time.UnixMicro(int64(d.uint64())).UTC()
		for n := d.count(21); n > 0; n-- {
			e := replayed{journaled: journaled{key: d.key(), status: status(d.byte())}, sync: sync, evidence: evidence, at: at}
			e.outcome, e.code, e.message, e.requestID = d.text(), d.text(), d.text(), d.text()
			if _, ok := statusNames[e.status]; !ok {
				return nil, errDamaged
			}
			said = append(said, e)
		}
	default:
		return nil, errDamaged
	}
	if d.failed || len(d.data) > 0 {
		return nil, errDamaged
	}
	return said, nil
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
