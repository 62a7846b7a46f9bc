package activation

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// setDigest names a set, whatever the order its members are seen in: the sum of their hashes, hashed again.
type setDigest struct {
	sum   [4]uint64
	count int64
}

func (d *setDigest) add(member [32]byte) {
	var carry uint64
	for i := range d.sum {
		d.sum[i], carry = bits.Add64(d.sum[i], binary.LittleEndian.Uint64(member[i*8:]), carry)
	}
	d.count++
}

func (d *setDigest) bytes() []byte {
	var out []byte
	for _, n := range d.sum {
		out = binary.LittleEndian.AppendUint64(out, n)
	}
	return binary.LittleEndian.AppendUint64(out, uint64(d.count))
}

// digest names the set of operations. A wanted row's fingerprint covers its key.
func (c *computation) digest() error {
	stmt, err := queries.Render(c.env.Store.Dialect(), "digest", c.view())
	if err != nil {
		return err
	}
	reader, err := c.env.Store.Read(c.ctx, stmt)
	if err != nil {
		return err
	}
	defer reader.Release()
	actions := []string{"add", "update", "append", "leave"}
	sets := map[string]*setDigest{}
	for _, a := range actions {
		sets[a] = &setDigest{}
	}
	for reader.Next() {
		if err := digestBatch(reader.RecordBatch(), sets); err != nil {
			return err
		}
	}
	if err := reader.Err(); err != nil {
		return err
	}
	sum := sha256.New()
	sum.Write([]byte(c.spec.Fingerprint))
	for _, a := range actions {
		sum.Write([]byte(a))
		sum.Write(sets[a].bytes())
	}
	c.result.Digest = hex.EncodeToString(sum.Sum(nil))
	return nil
}

func digestBatch(batch arrow.RecordBatch, sets map[string]*setDigest) error {
	action, ok1 := batch.Column(0).(*array.String)
	id, ok2 := batch.Column(1).(*array.String)
	wanted, ok3 := batch.Column(2).(*array.String)
	if !ok1 || !ok2 || !ok3 {
		return fmt.Errorf("reading operations: columns are not text")
	}
	var member [32]byte
	for i := range int(batch.NumRows()) {
		set := sets[action.Value(i)]
		if wanted.IsNull(i) {
			set.add(sha256.Sum256([]byte(id.Value(i))))
			continue
		}
		if n, err := hex.Decode(member[:], []byte(wanted.Value(i))); err != nil || n != len(member) {
			return fmt.Errorf("reading operations: a fingerprint that is none")
		}
		set.add(member)
	}
	return nil
}
