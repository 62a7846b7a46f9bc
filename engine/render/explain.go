package render

import (
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
)

// What `cdp explain` tells. Each is one line of JSON, and a text of its own for people.
type (
	// CustomerView is all that is known of one customer.
	CustomerView struct {
		Type        string           `json:"type"` // "customer"
		Identity    string           `json:"identity"`
		CustomerID  string           `json:"customer_id"`
		Asked       string           `json:"asked"`
		Values      []ValueView      `json:"values"`
		Records     []RecordView     `json:"records"`
		Count       int64            `json:"record_count"` // of which Records are the first
		Identifiers []IdentifierView `json:"identifiers"`
		History     []HistoryView    `json:"history"`
		Segments    []SegmentView    `json:"segments"`
		Syncs       []SyncView       `json:"syncs"`
		Notes       []string         `json:"notes"`
	}
	// ValueView is one column of the profile and where its value came from.
	ValueView struct {
		Column    string      `json:"column"`
		Value     any         `json:"value"`
		Kind      string      `json:"kind"` // attribute, identifier, trait, field
		Personal  bool        `json:"-"`    // what somebody gave of themselves, which is masked
		Pick      string      `json:"pick,omitempty"`
		Record    string      `json:"record,omitempty"` // INPUT:KEY it was taken from
		UpdatedAt *time.Time  `json:"updated_at,omitempty"`
		Range     *diag.Range `json:"range,omitempty"`
	}
	// RecordView is one record of a customer.
	RecordView struct {
		Record string     `json:"record"` // INPUT:KEY
		Stream string     `json:"stream"`
		At     *time.Time `json:"at,omitempty"`
	}
	// IdentifierView is one identifier value of a customer.
	IdentifierView struct {
		Identifier string `json:"identifier"`
		Value      string `json:"value"`
		Records    int64  `json:"records"`
		Shared     bool   `json:"shared"`
	}
	// HistoryView is one thing that happened.
	HistoryView struct {
		Event  string    `json:"event"`
		At     time.Time `json:"happened_at"`
		RunID  string    `json:"run_id"`
		ID     string    `json:"customer_id,omitempty"`
		Other  string    `json:"other_id,omitempty"`
		Reason string    `json:"reason,omitempty"`
	}
	// SegmentView is a segment as one customer stands to it.
	SegmentView struct {
		Segment string     `json:"segment"`
		Member  bool       `json:"member"`
		Holdout bool       `json:"holdout"`
		Since   *time.Time `json:"since,omitempty"` // entered, or left
	}
	// SyncView is what a tool is known to hold of one customer.
	SyncView struct {
		Sync      string     `json:"sync"`
		Key       string     `json:"key,omitempty"`
		Status    string     `json:"status"`
		Held      bool       `json:"held"`
		Operation string     `json:"operation,omitempty"`
		Code      string     `json:"code,omitempty"`
		Message   string     `json:"message,omitempty"`
		At        *time.Time `json:"last_at,omitempty"`
	}

	// MembershipView is why a customer is in a segment, or not.
	MembershipView struct {
		Type       string         `json:"type"` // "membership"
		Segment    string         `json:"segment"`
		Range      *diag.Range    `json:"range,omitempty"`
		Identity   string         `json:"identity"`
		CustomerID string         `json:"customer_id"`
		Member     bool           `json:"member"`
		Since      *time.Time     `json:"since,omitempty"` // entered, or left
		Holdout    bool           `json:"holdout"`
		Share      float64        `json:"holdout_share,omitempty"`
		AsOf       time.Time      `json:"as_of"`
		Where      *ConditionView `json:"where,omitempty"`
		Include    []SegmentView  `json:"include"`
		Exclude    []SegmentView  `json:"exclude"`
		History    []HistoryView  `json:"history"`
		Notes      []string       `json:"notes"`
	}
	// ConditionView is one condition and what it gives for a customer. Result is null where a value it needs is.
	ConditionView struct {
		SQL    string           `json:"sql"`
		Op     string           `json:"op,omitempty"` // and, or: it is made of Parts
		Result *bool            `json:"result"`
		Values []ValueView      `json:"values,omitempty"`
		Range  *diag.Range      `json:"range,omitempty"`
		Parts  []*ConditionView `json:"parts,omitempty"`
	}

	// DeliveryView is why a customer's record was sent to a tool, or not.
	DeliveryView struct {
		Type        string         `json:"type"` // "delivery"
		Sync        string         `json:"sync"`
		Range       *diag.Range    `json:"range,omitempty"`
		Destination string         `json:"destination"`
		Object      string         `json:"object"`
		Mode        string         `json:"mode"`
		CustomerID  string         `json:"customer_id,omitempty"`
		Verdict     string         `json:"verdict"`
		Why         []string       `json:"why"`
		Where       *ConditionView `json:"where,omitempty"`
		Rows        []DeliveredRow `json:"rows"`
		Notes       []string       `json:"notes"`
	}
	// DeliveredRow is one record: what is wanted, what the tool holds, and what it answered.
	DeliveredRow struct {
		Key       string        `json:"key"`
		Wanted    bool          `json:"wanted"`
		Problem   string        `json:"problem,omitempty"`
		Next      string        `json:"next"` // what the next run does
		Held      bool          `json:"held"`
		Status    string        `json:"status,omitempty"`
		Operation string        `json:"operation,omitempty"`
		Code      string        `json:"code,omitempty"`
		Message   string        `json:"message,omitempty"`
		Attempts  int64         `json:"attempts,omitempty"`
		Since     *time.Time    `json:"held_since,omitempty"`
		At        *time.Time    `json:"last_at,omitempty"`
		Fields    []ValueView   `json:"fields,omitempty"`
		Receipts  []ReceiptView `json:"receipts,omitempty"`
	}
	// ReceiptView is one operation that was sent and what the tool answered.
	ReceiptView struct {
		At        time.Time `json:"happened_at"`
		RunID     string    `json:"run_id"`
		Operation string    `json:"operation"`
		Outcome   string    `json:"outcome"`
		Evidence  string    `json:"evidence,omitempty"`
		Code      string    `json:"code,omitempty"`
		Message   string    `json:"message,omitempty"`
	}

	// PairView is why two are one person, or not.
	PairView struct {
		Type       string           `json:"type"` // "pair"
		Identity   string           `json:"identity"`
		Left       SideView         `json:"left"`
		Right      SideView         `json:"right"`
		Same       bool             `json:"same"`
		Path       []HopView        `json:"path"`
		Shared     []IdentifierView `json:"shared"`
		Rejections []RejectionView  `json:"rejections"`
		History    []HistoryView    `json:"history"`
		Notes      []string         `json:"notes"`
	}
	// SideView is one of two that are compared.
	SideView struct {
		Asked      string `json:"asked"`
		CustomerID string `json:"customer_id"`
		Records    int64  `json:"records"`
	}
	// HopView is one step of a path: a record, and the link to the next one. The last has no link.
	HopView struct {
		Record  string       `json:"record"`
		At      *time.Time   `json:"at,omitempty"`
		Rule    string       `json:"rule,omitempty"`
		On      []string     `json:"on,omitempty"`
		Value   string       `json:"value,omitempty"`
		Range   *diag.Range  `json:"range,omitempty"`
		Refused *RefusalView `json:"refused,omitempty"`
	}
	// RefusalView is why a link joined nobody.
	RefusalView struct {
		Reason string      `json:"reason"`
		Unique string      `json:"unique,omitempty"`
		Left   string      `json:"left,omitempty"`
		Right  string      `json:"right,omitempty"`
		Range  *diag.Range `json:"range,omitempty"`
	}
	// RejectionView is a row of <identity>.rejections.
	RejectionView struct {
		Identifier string      `json:"identifier"`
		Value      string      `json:"value"`
		Rule       string      `json:"rule"`
		Reason     string      `json:"reason"`
		Records    int64       `json:"records"`
		Evidence   string      `json:"evidence"`
		Range      *diag.Range `json:"range,omitempty"`
	}
)
