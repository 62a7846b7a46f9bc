package plan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sending is a step of a sync that data asks for; it does nothing if all counts are 0.
func sending(add, update, remove int64) *SyncStep {
	s := &SyncStep{Head: Head{Address: "sync.s", Action: Sync, Reason: ByData, Counts: Of("add", add, "update", update, "remove", remove, "unchanged", int64(3))}}
	if add+update+remove == 0 {
		s.Action, s.Reason = None, ""
	}
	return s
}

// rekeyed is a sync whose customers come under other keys: each is an update that takes two operations.
func rekeyed(n int64) *SyncStep {
	s := sending(0, n, 0)
	s.Counts = append(s.Counts, Of("rekeyed", n)...)
	return s
}

func joining(entered, left int64) *SegmentStep {
	return &SegmentStep{Head: Head{Address: "segment.s", Action: Change, Reason: ByUpstream, Counts: Of("members", int64(50), "entered", entered, "left", left)}}
}

// unknown takes what is known of a step's counts.
func unknown(s *SyncStep) *SyncStep {
	s.Counts = Unknown("add", "update", "remove", "unchanged")
	return s
}

func digested[S Step](s S, digest string) S {
	s.Base().Digest = digest
	return s
}

func acted[S Step](s S, action Action, reason Reason) S {
	s.Base().Action, s.Base().Reason = action, reason
	return s
}

func TestEnvelope(t *testing.T) {
	rebase := Envelope{OnMoved: OnMovedRebase, Tolerance: DefaultTolerance}
	frozen := Envelope{OnMoved: OnMovedFrozen, Tolerance: DefaultTolerance}
	fail := Envelope{OnMoved: OnMovedFail, Tolerance: DefaultTolerance}
	strict := Envelope{OnMoved: OnMovedRebase}
	resumed := func(e Envelope) Envelope { e.Resumed = true; return e }
	removal := func(remove int64) *RemovalStep {
		return &RemovalStep{Head: Head{Address: "sync.gone", Action: Remove, Reason: ByDefinition, Counts: Of("remove", remove)}}
	}
	const kind, far10, other = "a kind of operation that was not approved", "more than 10 away from what was approved", "another thing happens to the block than was approved"

	for name, c := range map[string]struct {
		envelope      Envelope
		approved, now []Step
		want          string // a drift a line; ": " and why if it is refused
	}{
		"equal":                     {rebase, []Step{digested(sending(100, 5, 1), "d"), joining(5, 0)}, []Step{digested(sending(100, 5, 1), "d"), joining(5, 0)}, ""},
		"nothing, then nothing":     {rebase, []Step{sending(0, 0, 0)}, []Step{sending(0, 0, 0)}, ""},
		"what describes may differ": {frozen, []Step{&SegmentStep{Head{Address: "segment.s", Action: Change, Counts: Of("members", int64(5))}}}, []Step{&SegmentStep{Head{Address: "segment.s", Action: Change, Counts: Of("members", int64(900))}}}, ""},
		"estimated, then exact": {frozen, []Step{&SyncStep{Head: Head{Address: "sync.s", Action: Sync, Counts: Counts{{Name: "add", N: 7, Known: true, Estimate: "a sample"}}}}},
			[]Step{&SyncStep{Head: Head{Address: "sync.s", Action: Sync, Counts: Of("add", int64(7))}}}, ""},

		"a fifth more":                      {rebase, []Step{sending(100, 0, 0)}, []Step{sending(120, 0, 0)}, "sync.s add: approved 100, now 120"},
		"more than a fifth more":            {rebase, []Step{sending(100, 0, 0)}, []Step{sending(121, 0, 0)}, "sync.s add: approved 100, now 121: more than 20 away from what was approved"},
		"a fifth less":                      {rebase, []Step{sending(0, 100, 0)}, []Step{sending(0, 80, 0)}, "sync.s update: approved 100, now 80"},
		"more than a fifth less":            {rebase, []Step{sending(0, 100, 0)}, []Step{sending(0, 79, 0)}, "sync.s update: approved 100, now 79: more than 20 away from what was approved"},
		"a fifth, rounded up":               {rebase, []Step{sending(101, 0, 0)}, []Step{sending(122, 0, 0)}, "sync.s add: approved 101, now 122"},
		"a fifth, rounded up, and one":      {rebase, []Step{sending(101, 0, 0)}, []Step{sending(123, 0, 0)}, "sync.s add: approved 101, now 123: more than 21 away from what was approved"},
		"ten of few":                        {rebase, []Step{sending(0, 0, 1)}, []Step{sending(0, 0, 11)}, "sync.s remove: approved 1, now 11"},
		"eleven of few":                     {rebase, []Step{sending(0, 0, 1)}, []Step{sending(0, 0, 12)}, "sync.s remove: approved 1, now 12: " + far10},
		"ten less":                          {rebase, []Step{sending(30, 0, 0)}, []Step{sending(20, 0, 0)}, "sync.s add: approved 30, now 20"},
		"eleven less":                       {rebase, []Step{sending(30, 0, 0)}, []Step{sending(19, 0, 0)}, "sync.s add: approved 30, now 19: " + far10},
		"no tolerance: ten all the same":    {strict, []Step{sending(1000, 0, 0)}, []Step{sending(1010, 0, 0)}, "sync.s add: approved 1000, now 1010"},
		"no tolerance: eleven":              {strict, []Step{sending(1000, 0, 0)}, []Step{sending(1011, 0, 0)}, "sync.s add: approved 1000, now 1011: " + far10},
		"one number too far, one not":       {rebase, []Step{sending(100, 0, 40)}, []Step{sending(105, 0, 60)}, "sync.s add: approved 100, now 105\nsync.s remove: approved 40, now 60: " + far10},
		"everything has become needless":    {rebase, []Step{sending(8, 0, 0)}, []Step{sending(0, 0, 0)}, "sync.s add: approved 8, now 0"},
		"too much has become needless":      {rebase, []Step{sending(80, 0, 0)}, []Step{sending(0, 0, 0)}, "sync.s add: approved 80, now 0: more than 16 away from what was approved"},
		"a step is not there any more":      {rebase, []Step{joining(40, 0)}, nil, "segment.s entered: approved 40, now 0: " + far10},
		"a step that was not there":         {rebase, nil, []Step{joining(3, 20)}, "segment.s entered: approved 0, now 3\nsegment.s left: approved 0, now 20: " + far10},
		"removals are counted":              {rebase, []Step{removal(100)}, []Step{removal(150)}, "sync.gone remove: approved 100, now 150: more than 20 away from what was approved"},
		"numbers near the largest":          {rebase, []Step{sending(1<<62, 0, 0)}, []Step{sending(1<<61, 0, 0)}, "sync.s add: approved 4611686018427387904, now 2305843009213693952: more than 922337203685477632 away from what was approved"},
		"loads are counted as well":         {rebase, []Step{&StreamStep{Head: Head{Address: "source.a.b", Action: Load, Counts: Of("inserted", int64(100))}}}, []Step{&StreamStep{Head: Head{Address: "source.a.b", Action: Load, Counts: Of("inserted", int64(100), "deleted", int64(11))}}}, "source.a.b deleted: approved 0, now 11: " + far10},
		"splits are counted as well":        {rebase, []Step{&IdentityStep{Head: Head{Address: "identity.i", Action: Change, Counts: Of("split", int64(1))}}}, []Step{&IdentityStep{Head: Head{Address: "identity.i", Action: Change, Counts: Of("split", int64(30))}}}, "identity.i split: approved 1, now 30: " + far10},
		"a first removal":                   {rebase, []Step{sending(5, 0, 0)}, []Step{sending(5, 0, 1)}, "sync.s remove: approved 0, now 1: " + kind},
		"a first removal of what is let go": {rebase, []Step{removal(0)}, []Step{removal(8)}, "sync.gone remove: approved 0, now 8: " + kind},
		"a removed segment empties":         {rebase, []Step{&RemovalStep{Head: Head{Address: "segment.g", Action: Remove, Reason: ByDefinition, Counts: Of("left", int64(0))}}}, []Step{&RemovalStep{Head: Head{Address: "segment.g", Action: Remove, Reason: ByDefinition, Counts: Of("left", int64(8))}}}, "segment.g left: approved 0, now 8"},
		"a first update, and fewer adds":    {rebase, []Step{sending(5, 0, 2)}, []Step{sending(4, 1, 2)}, "sync.s add: approved 5, now 4\nsync.s update: approved 0, now 1: " + kind},
		"who leaves a segment is no kind":   {rebase, []Step{joining(5, 0)}, []Step{joining(5, 4)}, "segment.s left: approved 0, now 4"},

		"unknown, then known": {rebase, []Step{unknown(sending(5, 0, 0))}, []Step{sending(5, 0, 0)}, "sync.s add: approved unknown, now 5: a number that is not known cannot be approved\n" +
			"sync.s update: approved unknown, now 0: a number that is not known cannot be approved\nsync.s remove: approved unknown, now 0: a number that is not known cannot be approved"},
		"known, then unknown": {resumed(rebase), []Step{sending(5, 0, 0)}, []Step{unknown(sending(5, 0, 0))}, "sync.s add: approved 5, now unknown: a number that is not known cannot be approved\n" +
			"sync.s update: approved 0, now unknown: a number that is not known cannot be approved\nsync.s remove: approved 0, now unknown: a number that is not known cannot be approved"},
		"unknown both": {rebase, []Step{unknown(sending(5, 0, 0))}, []Step{unknown(sending(5, 0, 0))}, ""},

		"as many, but others":         {rebase, []Step{digested(sending(5, 0, 0), "a")}, []Step{digested(sending(5, 0, 0), "b")}, "sync.s: as many rows, but others"},
		"as many, but others, frozen": {frozen, []Step{digested(sending(5, 0, 0), "a")}, []Step{digested(sending(5, 0, 0), "b")}, "sync.s: as many rows, but others: the plan allows no other rows (on_moved = frozen)"},
		"as many, but others, fail":   {fail, []Step{digested(sending(5, 0, 0), "a")}, []Step{digested(sending(5, 0, 0), "b")}, "sync.s: as many rows, but others: the plan allows no other rows (on_moved = fail)"},
		"others, cut off":             {resumed(frozen), []Step{digested(sending(5, 0, 0), "a")}, []Step{digested(sending(5, 0, 0), "b")}, ""},
		"others, and more":            {rebase, []Step{digested(sending(5, 0, 0), "a")}, []Step{digested(sending(6, 0, 0), "b")}, "sync.s add: approved 5, now 6"},
		"the same, frozen":            {frozen, []Step{digested(sending(5, 0, 0), "a")}, []Step{digested(sending(5, 0, 0), "a")}, ""},
		"one more, frozen":            {frozen, []Step{sending(5, 0, 0)}, []Step{sending(6, 0, 0)}, "sync.s add: approved 5, now 6: the plan allows no other numbers (on_moved = frozen)"},
		"one less, fail":              {fail, []Step{joining(5, 0)}, []Step{joining(4, 0)}, "segment.s entered: approved 5, now 4: the plan allows no other numbers (on_moved = fail)"},

		"cut off, less is left":               {resumed(rebase), []Step{sending(500, 60, 40)}, []Step{sending(3, 0, 40)}, "sync.s add: approved 500, now 3\nsync.s update: approved 60, now 0"},
		"cut off, nothing is left":            {resumed(frozen), []Step{sending(500, 60, 40), joining(9, 9)}, []Step{sending(0, 0, 0)}, "sync.s add: approved 500, now 0\nsync.s update: approved 60, now 0\nsync.s remove: approved 40, now 0\nsegment.s entered: approved 9, now 0\nsegment.s left: approved 9, now 0"},
		"cut off, somewhat more":              {resumed(rebase), []Step{sending(50, 0, 0)}, []Step{sending(60, 0, 0)}, "sync.s add: approved 50, now 60"},
		"cut off, much more":                  {resumed(rebase), []Step{sending(50, 0, 0)}, []Step{sending(61, 0, 0)}, "sync.s add: approved 50, now 61: " + far10},
		"cut off, more, frozen":               {resumed(frozen), []Step{sending(50, 0, 0)}, []Step{sending(51, 0, 0)}, "sync.s add: approved 50, now 51: the plan allows no other numbers (on_moved = frozen)"},
		"cut off, another kind":               {resumed(rebase), []Step{sending(50, 0, 0)}, []Step{sending(20, 0, 1)}, "sync.s add: approved 50, now 20\nsync.s remove: approved 0, now 1: " + kind},
		"cut off between two keys":            {resumed(frozen), []Step{rekeyed(4)}, []Step{sending(3, 0, 0)}, "sync.s add: approved 0, now 3\nsync.s update: approved 4, now 0"},
		"cut off between two keys, old one":   {resumed(rebase), []Step{rekeyed(4)}, []Step{sending(0, 0, 4)}, "sync.s update: approved 4, now 0\nsync.s remove: approved 0, now 4"},
		"cut off between keys, too many":      {resumed(rebase), []Step{rekeyed(4)}, []Step{sending(5, 0, 0)}, "sync.s add: approved 0, now 5: " + kind + "\nsync.s update: approved 4, now 0"},
		"other keys, not cut off":             {rebase, []Step{rekeyed(4)}, []Step{sending(3, 0, 0)}, "sync.s add: approved 0, now 3: " + kind + "\nsync.s update: approved 4, now 0"},
		"cut off, a definition is in force":   {resumed(frozen), []Step{acted(sending(5, 0, 0), Create, ByDefinition)}, []Step{sending(5, 0, 0)}, ""},
		"cut off, a removed block is gone":    {resumed(frozen), []Step{removal(9)}, nil, "sync.gone remove: approved 9, now 0"},
		"cut off, a block that nobody named":  {resumed(rebase), nil, []Step{acted(joining(0, 0), Create, ByDefinition)}, "segment.s: approved none, now create: " + other},
		"to be made, but is there":            {rebase, []Step{acted(joining(2, 0), Create, ByDefinition)}, []Step{joining(2, 0)}, "segment.s: approved create, now none: " + other},
		"changed, but is as it should be":     {rebase, []Step{acted(joining(2, 0), Change, ByDefinition)}, []Step{joining(2, 0)}, "segment.s: approved change, now none: " + other},
		"to be changed, but is to be made":    {rebase, []Step{acted(joining(2, 0), Change, ByDefinition)}, []Step{acted(joining(2, 0), Create, ByDefinition)}, "segment.s: approved change, now create: " + other},
		"to be made, but was called another":  {rebase, []Step{acted(joining(2, 0), Create, ByDefinition)}, []Step{acted(joining(2, 0), Move, ByDefinition)}, "segment.s: approved create, now move: " + other},
		"a trait that nobody planned":         {rebase, nil, []Step{&TraitStep{Head{Address: "trait.t", Action: Change, Reason: ByDefinition}}}, "trait.t: approved none, now change: " + other},
		"a destination that is as it was":     {rebase, nil, []Step{&DestinationStep{Head{Address: "destination.d", Action: None}}}, ""},
		"a removal that nobody planned":       {rebase, nil, []Step{removal(0)}, "sync.gone: approved none, now remove: " + other},
		"the reason is no part of it":         {frozen, []Step{acted(joining(2, 0), Change, ByData)}, []Step{acted(joining(2, 0), Change, ByClock)}, ""},
		"data, not only the definition":       {rebase, []Step{acted(sending(5, 0, 0), Sync, ByUpstream)}, []Step{acted(sending(5, 0, 0), Change, ByDefinition)}, "sync.s: approved none, now change: " + other},
		"a load that found nothing new":       {rebase, []Step{&StreamStep{Head: Head{Address: "source.a.b", Action: Load, Reason: ByData, Counts: Of("inserted", int64(4))}}}, []Step{&StreamStep{Head: Head{Address: "source.a.b", Action: None, Counts: Of("unchanged", int64(90))}}}, "source.a.b inserted: approved 4, now 0"},
		"a load that was published, then cut": {resumed(frozen), []Step{&StreamStep{Head: Head{Address: "source.a.b", Action: Load, Reason: ByData, Counts: Of("inserted", int64(400)), Digest: "x"}}}, []Step{&StreamStep{Head: Head{Address: "source.a.b", Action: None}}}, "source.a.b inserted: approved 400, now 0"},
	} {
		approved, now := &Plan{Steps: c.approved}, &Plan{Steps: c.now}
		drifts := approved.Against(now, c.envelope)
		var lines, refused []string
		for _, d := range drifts {
			line := d.String()
			if d.Refused != "" {
				line += ": " + d.Refused
				refused = append(refused, line)
			}
			lines = append(lines, line)
		}
		if diff := cmp.Diff(c.want, strings.Join(lines, "\n")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		var only []string
		for _, d := range Refused(drifts) {
			only = append(only, d.String()+": "+d.Refused)
		}
		if !slices.Equal(refused, only) {
			t.Errorf("%s: refused are %q, not %q", name, only, refused)
		}
		if len(now.Left) > 0 {
			t.Errorf("%s: taken out: %v", name, now.Left)
		}
	}
}

// A sync that had nothing to do when the plan was approved does nothing, whatever it would have to do now; the plan knows
// that something is left. What else was not planned stays, to be compared.
func TestUnplannedSyncs(t *testing.T) {
	e := Envelope{OnMoved: OnMovedFrozen}
	named := func(s *SyncStep, address string) *SyncStep { s.Address = address; return s }
	approved := &Plan{Steps: []Step{named(sending(5, 0, 0), "sync.planned"), named(sending(0, 0, 0), "sync.idle")}}
	now := &Plan{Steps: []Step{
		named(sending(5, 0, 0), "sync.planned"), named(sending(900, 0, 7), "sync.idle"), named(sending(1, 0, 0), "sync.unheard"), named(sending(0, 0, 0), "sync.calm"),
	}}
	if drifts := approved.Against(now, e); len(drifts) > 0 {
		t.Errorf("drifts: %v", drifts)
	}
	var rest []string
	for _, s := range now.Steps {
		rest = append(rest, s.Base().Address)
	}
	if diff := cmp.Diff([]string{"sync.planned", "sync.calm"}, rest); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"sync.idle", "sync.unheard"}, now.Left); diff != "" {
		t.Error(diff)
	}
	if len(approved.Steps) != 2 || len(approved.Left) != 0 {
		t.Error("the approved plan was changed")
	}
}
