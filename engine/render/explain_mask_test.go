package render_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/render"
)

// TestMasking: what people gave of themselves is in no text that nobody looks at, wherever in an explanation it stands.
func TestMasking(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	no := false
	views := []any{
		&render.CustomerView{CustomerID: "cus_1", Asked: "email=secret@x.example", Notes: []string{"secret@x.example"},
			Values: []render.ValueView{
				{Column: "email", Value: "secret@x.example", Kind: "identifier", Personal: true, Record: "crm:secret@x.example"},
				{Column: "name", Value: "Secret", Kind: "attribute", Personal: true}, {Column: "born", Value: at, Kind: "attribute", Personal: true},
				{Column: "phone", Value: "(415) 555-2671", Kind: "identifier", Personal: true}, {Column: "last", Value: "secret@x.example", Kind: "trait"},
			},
			Records:     []render.RecordView{{Record: "crm:secret@x.example"}},
			Identifiers: []render.IdentifierView{{Identifier: "email", Value: "secret@x.example"}, {Identifier: "phone", Value: "+14155552671"}},
			History:     []render.HistoryView{{Event: "merged", Reason: "shared secret@x.example"}},
			Syncs:       []render.SyncView{{Sync: "sync.a", Key: `{"email":"secret@x.example"}`, Message: "secret@x.example is full"}},
		},
		&render.MembershipView{CustomerID: "cus_1", Where: &render.ConditionView{SQL: "name = x", Result: &no, Values: []render.ValueView{{Column: "name", Value: "Secret", Personal: true}}}},
		&render.DeliveryView{CustomerID: "cus_1", Why: []string{"x"}, Rows: []render.DeliveredRow{{Key: `{"phone":"+14155552671"}`, Problem: "+14155552671", Message: "secret@x.example",
			Fields: []render.ValueView{{Column: "name", Value: "Secret", Personal: true}}, Receipts: []render.ReceiptView{{Message: "secret@x.example"}}}}},
		&render.PairView{Left: render.SideView{Asked: "crm:secret@x.example"}, Right: render.SideView{Asked: "phone=+14155552671"},
			Path:       []render.HopView{{Record: "crm:secret@x.example", Rule: "r", On: []string{"email"}, Value: "secret@x.example", Refused: &render.RefusalView{Reason: "it would join +14155552671"}}},
			Shared:     []render.IdentifierView{{Identifier: "email", Value: "secret@x.example"}},
			Rejections: []render.RejectionView{{Identifier: "email", Value: "secret@x.example", Evidence: "crm:secret@x.example"}}},
	}
	for _, v := range views {
		var hidden, shown strings.Builder
		render.Explanation(&hidden, render.Style{Width: 80}, v, true)
		for _, secret := range []string{"secret@", "Secret", "4155552671", "555-2671", "2026-01-02"} {
			if strings.Contains(hidden.String(), secret) {
				t.Errorf("%T: %s is in\n%s", v, secret, hidden.String())
			}
		}
		if render.Explanation(&shown, render.Style{Width: 80}, v, false); !strings.Contains(strings.ToLower(shown.String()), "secret") {
			t.Errorf("%T: nothing is shown of\n%s", v, shown.String())
		}
		for _, line := range strings.Split(hidden.String()+shown.String(), "\n") {
			if n := len([]rune(line)); n > 80 {
				t.Errorf("%T: %d columns: %s", v, n, line)
			}
		}
	}
}
