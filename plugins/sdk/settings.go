package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/cdp-engine/cdp/plugins/wire"
)

// Decode reads the settings of a block into a struct with json tags. Settings were checked against the spec already, so
// an error here is a mismatch between spec and struct.
func Decode(s wire.Settings, into any) error {
	dec := json.NewDecoder(bytes.NewReader(s))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("decoding settings: %w", err)
	}
	return nil
}
