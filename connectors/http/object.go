package http

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// tool is a compiled destination.
type tool struct {
	settings    account
	concurrency int
	objects     map[string]*toolObject
}

// toolObject is a compiled object block.
type toolObject struct {
	name       string
	key        []string
	partial    bool
	operations map[schema.Op]*operation
	readback   *stream
}

// operation is a compiled operation block.
type operation struct {
	op          schema.Op
	endpoint    *endpoint
	body        *program
	shape       *shape // of a body of the usual kind
	contentType string
	maxRecords  int
	maxBytes    int
	ok, noop    []int // ok nil: 200 to 299
	results     *program
	variables   bool // results uses $records
	evidence    schema.Evidence
	idempotent  bool
}

// compileDestination compiles a destination with all its objects and says everything that is wrong.
func compileDestination(call sdk.Call) (*tool, []sdk.Problem) {
	p := newProblems()
	var given destinationSettings
	if err := decode(call.Settings, &given); err != nil {
		p.add("Unreadable settings", "%s.", capital(err.Error()))
		return &tool{}, *p.found
	}
	t := &tool{settings: given.account, concurrency: 1, objects: map[string]*toolObject{}}
	given.check(p, names{"batch.id", "run.id"})
	if c := given.Concurrency; c != nil {
		t.concurrency = int(*c)
		if *c != math.Trunc(*c) || *c < 1 || *c > 64 {
			p.in("concurrency").add("Invalid number", "concurrency is a whole number from 1 to 64.")
		}
	}
	for _, o := range given.Objects {
		name := label(o.Labels)
		at := p.in("object", name)
		if t.objects[name] != nil {
			at.add("Duplicate object", "The object %q is declared twice.", name)
			continue
		}
		t.objects[name] = at.object(name, o)
	}
	return t, *p.found
}

func (p problems) object(name string, given objectSetting) *toolObject {
	o := &toolObject{name: name, key: given.Key, partial: given.Partial, operations: map[schema.Op]*operation{}}
	if len(given.Key) == 0 {
		p.in("key").add("Missing key", "key lists the names that identify one record in the tool: key = [\"email\"].")
	}
	seen := map[string]bool{}
	for _, part := range given.Key {
		if seen[part] {
			p.in("key").add("Duplicate key", "%q stands twice in key.", part)
		}
		seen[part] = true
	}
	for _, one := range given.Operations {
		word := label(one.Labels)
		at := p.in("operation", word)
		if !slices.Contains(operationNames, word) {
			at.add("Unknown operation", "%q is not an operation.%s Operations are %s.", word, sdk.DidYouMean(word, operationNames), strings.Join(operationNames, ", "))
			continue
		}
		if o.operations[schema.Op(word)] != nil {
			at.add("Duplicate operation", "The operation %q is declared twice.", word)
			continue
		}
		o.operations[schema.Op(word)] = at.operation(schema.Op(word), given.Key, one)
	}
	for i, one := range given.Readback {
		o.readback = p.in("readback", fmt.Sprint(i)).readback(name, one)
	}
	return o
}

func (p problems) operation(op schema.Op, key []string, given operationSetting) *operation {
	o := &operation{op: op, maxRecords: 1, ok: given.OK, contentType: given.ContentType}
	if o.contentType == "" {
		o.contentType = "application/json"
	}
	known := names{"batch.id", "run.id"}
	if b := given.Batch; b != nil {
		o.maxRecords, o.maxBytes = p.in("batch").batch(b)
	} else if op != schema.OpReplace {
		for _, part := range key {
			known = append(known, "key."+part)
		}
		known = append(known, "customer_id", "fields.*")
	}
	o.endpoint = p.endpoint(given.Method, given.Path, given.Query, given.Headers, known)
	o.body, o.shape = p.in("body").program(given.Body), shapeOf(given.Body)
	if o.body != nil && given.Method == "GET" {
		p.in("body").add("Body of a GET", "A GET has no body; say another method.")
	}
	o.results = p.in("results").program(given.Results, "$records", "$status")
	o.variables = strings.Contains(given.Results, "$records")
	p.in("ok").statuses(given.OK)
	if given.Noop != nil {
		o.noop = *given.Noop
		p.in("noop").statuses(o.noop)
	} else if op == schema.OpUpdate && o.maxRecords == 1 && o.endpoint.path.uses("key") && !slices.Contains(given.OK, 404) {
		o.noop = []int{404}
	}
	p.evidence(o, given)
	o.idempotent = given.Method == "PUT" || given.Method == "DELETE" && (o.isOK(404) || o.isOK(410))
	if given.Idempotent != nil {
		o.idempotent = *given.Idempotent
	}
	return o
}

// evidence says what the answer proves, and refuses a batch whose answer would prove nothing.
func (p problems) evidence(o *operation, given operationSetting) {
	o.evidence = schema.EvidenceStatus
	many := given.Batch != nil && o.maxRecords > 1 || o.op == schema.OpReplace
	switch {
	case given.Evidence != "" && given.Evidence != "status":
		p.in("evidence").add("Unknown evidence", "evidence is \"status\", or not given.")
	case strings.TrimSpace(given.Results) != "" && given.Evidence != "":
		p.in("evidence").add("Two kinds of evidence", "results gives a result for each record; evidence = \"status\" is for tools that give none. Write one of them.")
	case strings.TrimSpace(given.Results) != "":
		o.evidence = schema.EvidenceRecord
	case many && given.Evidence == "":
		p.in("batch").add("Batch without evidence", "One answer for many records does not say what became of each. Write results = JQ that gives a result for each record, "+
			"or, where the tool takes a batch whole or not at all, evidence = \"status\".")
	}
}

func (p problems) batch(b *batchSetting) (records, bytes int) {
	records = int(b.MaxRecords)
	if b.MaxRecords != math.Trunc(b.MaxRecords) || b.MaxRecords < 1 || b.MaxRecords > 65536 {
		p.in("max_records").add("Invalid number", "max_records is a whole number from 1 to 65,536.")
		records = 1
	}
	if b.MaxBytes != "" {
		var err error
		if bytes, err = parseSize(b.MaxBytes); err != nil {
			p.in("max_bytes").add("Invalid size", "%s.", err)
		}
	}
	return records, bytes
}

func (p problems) statuses(given []int) {
	for _, status := range given {
		if status < 200 || status > 599 {
			p.add("Invalid status", "%d is not a status that ends a request (200 to 599).", status)
		}
	}
}

func (p problems) readback(name string, given readbackSetting) *stream {
	s := &stream{name: name}
	s.endpoint = p.endpoint("GET", given.Path, given.Query, given.Headers, nil)
	s.records = p.in("records").program(given.Records, "$parent")
	s.pager = p.in("paginate").pager(given.Paginate, false)
	return s
}

func (o *operation) isOK(status int) bool {
	if o.ok == nil {
		return status >= 200 && status < 300
	}
	return slices.Contains(o.ok, status)
}

func (o *operation) isNoop(status int) bool { return slices.Contains(o.noop, status) }

// describe is what the engine may ask of the object.
func (o *toolObject) describe() schema.Object {
	d := schema.Object{Name: o.name, Key: o.key, Partial: o.partial, Readback: o.readback != nil}
	for _, name := range operationNames {
		op := o.operations[schema.Op(name)]
		if op == nil {
			continue
		}
		max := op.maxRecords
		if op.op == schema.OpReplace {
			max = 0
		}
		d.Operations = append(d.Operations, schema.Operation{Op: op.op, MaxRecords: max, MaxBytes: op.maxBytes, Idempotent: op.idempotent, Evidence: op.evidence})
	}
	d.WholeSet = len(d.Operations) == 1 && d.Operations[0].Op == schema.OpReplace
	return d
}
