package wire

import "fmt"

// Settle holds the results of a batch against the records sent: each is answered once, in the order sent. A record without
// an answer is unknown. An answer too many makes the whole batch unknown: who answers wrongly once is not believed.
func Settle(ids []string, results []Result) ([]Result, *Failure) {
	place := make(map[string]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	out := make([]Result, len(ids))
	for i, r := range results {
		at, ok := place[r.ID]
		if !ok {
			return nil, liar(fmt.Sprintf("result %d of a batch answers a record that was not in it", i+1))
		}
		if out[at].ID != "" {
			return nil, liar(fmt.Sprintf("a batch has two results for its record %d", at+1))
		}
		if _, known := outcomeToPB[r.Outcome]; !known {
			return nil, liar(fmt.Sprintf("result %d of a batch has no known outcome", i+1))
		}
		out[at] = r
	}
	for i, id := range ids {
		if out[i].ID == "" {
			out[i] = Result{ID: id, Outcome: Unknown, Code: "no_answer", Message: "the tool's answer does not speak of this record"}
		}
	}
	return out, nil
}

func liar(what string) *Failure {
	return &Failure{Kind: FailureLost, Code: "protocol", Message: what, Detail: "The records of the batch are unknown: what the connector says of it is not believed."}
}
