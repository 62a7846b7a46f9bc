package postgres

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/jackc/pgx/v5"
)

// batchRun is one batch inside its transaction.
type batchRun struct {
	target  *target
	tx      pgx.Tx
	op      schema.Op
	records []sdk.Record
	results []sdk.Result
}

// group are records that carry the same fields.
type group struct {
	carried []int
	records []int // numbers in the batch
}

// groups puts records with the same fields together, in the order of their first record.
func (b *batchRun) groups() []group {
	index := map[string]int{}
	at := map[string]int{}
	for i, f := range b.target.fields {
		at[f.name] = i
	}
	var out []group
	for n, r := range b.records {
		var mask strings.Builder
		carried := make([]int, 0, len(r.Fields))
		for _, f := range r.Fields {
			carried = append(carried, at[f.Name])
			mask.WriteString(strconv.Itoa(at[f.Name]) + ",")
		}
		g, ok := index[mask.String()]
		if !ok {
			g = len(out)
			index[mask.String()] = g
			out = append(out, group{carried: carried})
		}
		out[g].records = append(out[g].records, n)
	}
	return out
}

// apply writes records and answers them. A record that the server refuses is found by halving: the others are written.
func (b *batchRun) apply(ctx context.Context, g group) error {
	if len(g.records) == 0 {
		return nil
	}
	sub, err := b.tx.Begin(ctx) // a savepoint
	if err != nil {
		return err
	}
	err = b.write(ctx, sub, g)
	if err == nil {
		return sub.Commit(ctx)
	}
	refused, is := ofRow(err)
	if !is {
		return err
	}
	if err := sub.Rollback(ctx); err != nil {
		return err
	}
	if len(g.records) == 1 {
		n := g.records[0]
		b.results[n] = sdk.Result{ID: b.records[n].ID, Outcome: sdk.Rejected, Code: refused.Code, Message: refused.Message}
		return nil
	}
	half := len(g.records) / 2
	if err := b.apply(ctx, group{g.carried, g.records[:half]}); err != nil {
		return err
	}
	return b.apply(ctx, group{g.carried, g.records[half:]})
}

// write stages the records and runs the operation's statements.
func (b *batchRun) write(ctx context.Context, tx pgx.Tx, g group) error {
	if _, err := tx.Exec(ctx, "delete from "+staging); err != nil {
		return err
	}
	if err := b.stage(ctx, tx, g); err != nil {
		return err
	}
	p := b.target.parts(g.carried)
	done := map[int]bool{}
	run := func(statement string) (int, error) { return numbers(ctx, tx, statement, done) }
	var wrote int
	var err error
	switch b.op {
	case schema.OpUpsert:
		if b.target.unique {
			wrote, err = run(p.upsert())
			if err == nil && p.setNew == "" {
				_, err = run(p.there())
			}
			break
		}
		if _, err = run(p.update()); err == nil {
			_, err = run(p.add(false))
		}
	case schema.OpAdd:
		return b.add(ctx, tx, g, p, done)
	case schema.OpUpdate:
		_, err = run(p.update())
	case schema.OpRemove, schema.OpDelete:
		_, err = run(p.delete())
	case schema.OpAppend, schema.OpReplace:
		wrote, err = run(p.written(p.insert() + " order by b.n"))
	default:
		return &sdk.Failure{Kind: sdk.FailureConfig, Message: fmt.Sprintf("A table cannot %s", b.op)}
	}
	if err != nil {
		return err
	}
	b.answer(g, done, wrote)
	return nil
}

// answer gives a result to each record from what the statements returned.
func (b *batchRun) answer(g group, done map[int]bool, wrote int) {
	for _, n := range g.records {
		r := sdk.Result{ID: b.records[n].ID, Outcome: sdk.OK}
		if !done[n] && wrote != len(g.records) {
			switch b.op {
			case schema.OpUpdate, schema.OpRemove, schema.OpDelete:
				r.Outcome, r.Code, r.Message = sdk.Noop, "not_found", "no row has this key"
			default:
				r.Outcome, r.Code, r.Message = sdk.Unknown, "no_evidence", "the table took no row of this key, or gave it another: a trigger or a rule of the table changes what is written"
			}
		}
		b.results[n] = r
	}
}

// add inserts what is not there. What is there stays as it is: to add is not to change, and no mistake of the record either.
func (b *batchRun) add(ctx context.Context, tx pgx.Tx, g group, p parts, done map[int]bool) error {
	wrote, err := numbers(ctx, tx, p.add(b.target.unique), done)
	if err != nil {
		return err
	}
	equal := map[int]bool{}
	if wrote < len(g.records) {
		if _, err := numbers(ctx, tx, p.equal(), equal); err != nil {
			return err
		}
	}
	for _, n := range g.records {
		r := sdk.Result{ID: b.records[n].ID, Outcome: sdk.OK}
		switch {
		case done[n] || wrote == len(g.records):
		case equal[n]:
			r.Outcome, r.Code, r.Message = sdk.Noop, "exists", "the row is there already, as it should be"
		default:
			r.Outcome, r.Code, r.Message = sdk.Noop, "exists", "a row with this key is there already, with other values: it stays as it is"
		}
		b.results[n] = r
	}
	return nil
}

// numbers runs a statement that returns record numbers, and how many rows it returned.
func numbers(ctx context.Context, tx pgx.Tx, statement string, done map[int]bool) (int, error) {
	rows, err := tx.Query(ctx, statement)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	count := 0
	for rows.Next() {
		var n *int
		if err := rows.Scan(&n); err != nil {
			return 0, err
		}
		count++
		if n != nil {
			done[*n] = true
		}
	}
	return count, rows.Err()
}

// stage copies records into the staging table.
func (b *batchRun) stage(ctx context.Context, tx pgx.Tx, g group) error {
	columns := []string{"n"}
	for i := range b.target.key {
		columns = append(columns, fmt.Sprintf("k%d", i))
	}
	for _, i := range g.carried {
		columns = append(columns, fmt.Sprintf("f%d", i))
	}
	var text []byte
	for _, n := range g.records {
		r := b.records[n]
		text = strconv.AppendInt(text, int64(n), 10)
		for i, f := range r.Key {
			text = appendField(append(text, '\t'), f, b.target.key[i])
		}
		for i, f := range r.Fields {
			text = appendField(append(text, '\t'), f, b.target.fields[g.carried[i]])
		}
		text = append(text, '\n')
	}
	_, err := tx.Conn().PgConn().CopyFrom(ctx, bytes.NewReader(text), "copy "+staging+" ("+strings.Join(columns, ", ")+") from stdin")
	return err
}
