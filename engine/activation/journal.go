package activation

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Journal is the record of one run's deliveries that survives a crash: the intent of each batch before it leaves, its
// outcomes after. It holds digests of keys, no keys. Several deliveries append to it at once and share its syncs to disk.
type Journal struct {
	path string
	file *os.File

	mu      sync.Mutex // of the file's end
	written int64
	failed  error

	syncing sync.Mutex // one fsync at a time; it covers all that was written before it began
	synced  int64
}

// JournalPlace is where a warehouse's journals are: the folder beside it, and the uuid that tells them from those of
// another warehouse that was put in its place.
type JournalPlace struct{ Dir, UUID string }

// PlaceOf is the place of the journals of the warehouse file at path.
func PlaceOf(path, uuid string) JournalPlace { return JournalPlace{Dir: path + ".journal", UUID: uuid} }

func (p JournalPlace) file(run string) string {
	return filepath.Join(p.Dir, p.UUID+"-"+run+".journal")
}

// The kinds of journal records.
const (
	recordOpen    = 1
	recordIntent  = 2
	recordOutcome = 3
)

// frame sizes: kind, length, checksum of both; after the payload its checksum.
const (
	headSize = 1 + 4 + 4
	tailSize = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// opening is the payload of the first record.
type opening struct {
	Format int    `json:"format"`
	UUID   string `json:"uuid"`
	Run    string `json:"run"`
}

// OpenJournal makes the journal of a run. It is on disk when OpenJournal returns: that it is missing later means that it
// was lost.
func OpenJournal(place JournalPlace, run string) (*Journal, error) {
	if err := os.MkdirAll(place.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the journal's folder: %w", err)
	}
	path := place.file(run)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making the journal: %w", err)
	}
	j := &Journal{path: path, file: f}
	payload, _ := json.Marshal(opening{Format: 1, UUID: place.UUID, Run: run}) // strings always marshal
	if j.append(recordOpen, payload) == nil {
		_ = j.sync() // what fails is kept in j.failed
	}
	if j.failed == nil {
		j.failed = syncDir(place.Dir)
	}
	if j.failed != nil {
		_ = f.Close()
		_ = os.Remove(path)
		return nil, j.failed
	}
	return j, nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("opening the journal's folder: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("writing the journal's folder to disk: %w", err)
	}
	return nil
}

// Close closes the journal. Its file stays until everything in it is in the warehouse.
func (j *Journal) Close() error { return j.file.Close() }

// Remove deletes the journal: everything in it is in the warehouse, for good.
func (j *Journal) Remove() error {
	_ = j.file.Close()
	return os.Remove(j.path)
}

func frame(kind byte, payload []byte) []byte {
	out := make([]byte, 0, headSize+len(payload)+tailSize)
	out = append(out, kind)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(payload)))
	out = binary.LittleEndian.AppendUint32(out, crc32.Checksum(out[:5], castagnoli))
	out = append(out, payload...)
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(payload, castagnoli))
}

// append writes one record. After a failure the journal takes nothing more: a half record may stand at its end.
func (j *Journal) append(kind byte, payload []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.failed != nil {
		return j.failed
	}
	n, err := j.file.Write(frame(kind, payload))
	j.written += int64(n)
	if err != nil {
		j.failed = fmt.Errorf("writing the journal: %w", err)
	}
	return j.failed
}

// sync returns when everything appended before the call is on disk.
func (j *Journal) sync() error {
	j.mu.Lock()
	want, err := j.written, j.failed
	j.mu.Unlock()
	if err != nil {
		return err
	}
	j.syncing.Lock()
	defer j.syncing.Unlock()
	if j.synced >= want {
		return nil
	}
	j.mu.Lock()
	upTo := j.written
	j.mu.Unlock()
	if err := j.file.Sync(); err != nil {
		j.mu.Lock()
		j.failed = fmt.Errorf("writing the journal to disk: %w", err)
		j.mu.Unlock()
		return j.failed
	}
	j.synced = upTo
	return nil
}

// keyDigest stands for a key of a sync in the journal.
type keyDigest [16]byte

func digestOf(sync, key string) keyDigest {
	sum := sha256.Sum256([]byte(sync + "\x1f" + key))
	return keyDigest(sum[:16])
}

// intent records that a batch is about to leave. It is on disk when intent returns.
func (j *Journal) intent(sync, batch string, keys []keyDigest) error {
	payload := appendText(appendText(nil, sync), batch)
	payload = binary.AppendUvarint(payload, uint64(len(keys)))
	for i := range keys {
		payload = append(payload, keys[i][:]...)
	}
	if err := j.append(recordIntent, payload); err != nil {
		return err
	}
	return j.sync()
}

// journaled is what the journal says of one record.
type journaled struct {
	key                               keyDigest
	status                            status
	outcome, code, message, requestID string
}

// outcomes records what became of records of a batch. The next intent brings them to disk: lost before that, they are
// unknown.
func (j *Journal) outcomes(sync, batch, evidence string, at time.Time, records []journaled) error {
	payload := appendText(appendText(appendText(nil, sync), batch), evidence)
	payload = binary.LittleEndian.AppendUint64(payload, uint64(at.UnixMicro()))
	payload = binary.AppendUvarint(payload, uint64(len(records)))
	for i := range records {
		r := &records[i]
		payload = append(payload, r.key[:]...)
		payload = append(payload, byte(r.status))
		payload = appendText(appendText(appendText(appendText(payload, r.outcome), r.code), r.message), r.requestID)
	}
	return j.append(recordOutcome, payload)
}

func appendText(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}
