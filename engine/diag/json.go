package diag

import "encoding/json"

// MarshalJSON writes a diagnostic as the JSON lines of every command have it: severity, code, summary, detail,
// address, range.
func (d Diagnostic) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type     string   `json:"type"`
		Severity Severity `json:"severity"`
		Code     string   `json:"code"`
		Summary  string   `json:"summary"`
		Detail   string   `json:"detail,omitempty"`
		Address  string   `json:"address,omitempty"`
		Range    *Range   `json:"range,omitempty"`
	}{"diagnostic", d.Severity, d.Code, d.Summary, d.Detail, d.Address, d.Range})
}
