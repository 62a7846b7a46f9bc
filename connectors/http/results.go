package http

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

var statuses = map[string]sdk.Outcome{
	"ok": sdk.OK, "noop": sdk.Noop, "rejected": sdk.Rejected, "retry": sdk.Retry, "unknown": sdk.Unknown,
}

// results reads a result for each record from the answer's body. A record that the answer does not name is unknown. An
// answer that does not hold together (a key never sent, two verdicts on one record) proves nothing of any record.
func (w *writer) results(ctx context.Context, op *operation, batch sdk.Batch, r *request, got *answer) ([]sdk.Result, error) {
	lost := func(format string, args ...any) error {
		return &sdk.Failure{Kind: sdk.FailureLost, Code: "protocol",
			Message: w.session.secrets.public(fmt.Sprintf("%s %s: ", r.method, r.shown) + fmt.Sprintf(format, args...))}
	}
	if got.bad != nil {
		return nil, lost("%s", got.bad)
	}
	results := make([]sdk.Result, len(batch.Records))
	index := make(map[string]int, len(batch.Records))
	id := w.session.requestID(got)
	for i, record := range batch.Records {
		results[i] = sdk.Result{ID: record.ID, Outcome: sdk.Unknown, Code: "no_result", Message: "the answer says nothing of this record", RequestID: id}
		index[w.keys.of(record.Key)] = i
	}
	var sent any
	if op.variables {
		sent = recordsInput(batch)
	}
	answered := make([]bool, len(results))
	err := op.results.run(ctx, got.body, func(item any) error {
		return w.result(item, index, results, answered)
	}, sent, got.Status)
	if err != nil {
		return nil, lost("results: %s", withoutValues(err.Error()))
	}
	return results, nil
}

// result takes one item of an answer.
func (w *writer) result(item any, index map[string]int, results []sdk.Result, answered []bool) error {
	fields, ok := item.(map[string]any)
	if !ok {
		return fmt.Errorf("an item is not an object")
	}
	key, err := w.keys.answered(fields["key"])
	if err != nil {
		return err
	}
	i, ok := index[key]
	if !ok {
		return fmt.Errorf("the answer names a key that was not sent")
	}
	word, _ := fields["status"].(string)
	outcome, ok := statuses[word]
	if !ok {
		return fmt.Errorf("an item's status is none of ok, noop, rejected, retry and unknown")
	}
	message := w.session.secrets.clean(tidy(jsonWords(fields["message"], 0)))
	code := ""
	if fields["code"] != nil {
		code = shorten(w.session.secrets.clean(tidy(toText(fields["code"]))), 100)
	}
	if answered[i] {
		if results[i].Outcome != outcome {
			return fmt.Errorf("the answer gives two verdicts on one record")
		}
		if message != "" && message != results[i].Message {
			results[i].Message = shorten(results[i].Message+"; "+message, maxWords)
		}
		return nil
	}
	answered[i] = true
	results[i].Outcome, results[i].Code, results[i].Message = outcome, code, message
	return nil
}
