package activation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

// digest names the set of operations. A wanted row's fingerprint covers its key and its values.
func (c *computation) digest() error {
	rows, err := c.rows("digest")
	if err != nil {
		return err
	}
	sum := sha256.New()
	_, _ = io.WriteString(sum, c.spec.Fingerprint)
	for _, row := range rows {
		n, _ := warehouse.Int(row[1])
		_, _ = fmt.Fprintf(sum, "\x1f%s\x1f%d\x1f%s", warehouse.Text(row[0]), n, warehouse.Text(row[2]))
	}
	c.result.Digest = hex.EncodeToString(sum.Sum(nil))
	return nil
}
