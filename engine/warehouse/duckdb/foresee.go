package duckdb

import (
	"context"
	"sync"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

// portion is how many bytes of text are parsed by one statement: enough that what a statement costs weighs little, and so
// little that the trees (some thirty times as long) take no memory to speak of.
const portion = 16 << 10

// trees are the syntax trees of texts that were foreseen, by statement.
type trees struct {
	mu sync.RWMutex
	of map[string][]byte
}

func (t *trees) get(statement string) ([]byte, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	tree, ok := t.of[statement]
	return tree, ok
}

func (t *trees) put(statement, tree string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of[statement] = []byte(tree)
}

// Foresee implements warehouse.Foresighted. Most of what it takes to parse one text is what a statement costs that asks for
// it. A portion that fails is left to be parsed text by text, when each is asked for.
func (a *analyzer) Foresee(ctx context.Context, queries []warehouse.Query) {
	var wg sync.WaitGroup
	for _, texts := range portions(foreseen(queries)) {
		wg.Go(func() {
			select {
			case b := <-a.binders:
				defer func() { a.binders <- b }()
				_ = b.serializeAll(ctx, texts, a.trees.put)
			case <-ctx.Done():
			}
		})
	}
	wg.Wait()
}

// foreseen are the statements that analyses of the queries will ask the parser for, without doubles.
func foreseen(queries []warehouse.Query) []string {
	var out []string
	known := map[string]bool{}
	for _, q := range queries {
		one := &analysis{query: q}
		if one.clean(); len(one.problems) > 0 {
			continue // it never comes to the parser
		}
		statement, _ := one.wrapped(one.text)
		if !known[statement] {
			known[statement] = true
			out = append(out, statement)
		}
	}
	return out
}

func portions(texts []string) [][]string {
	var out [][]string
	from, size := 0, 0
	for i, text := range texts {
		if size += len(text); size >= portion || i == len(texts)-1 {
			out = append(out, texts[from:i+1])
			from, size = i+1, 0
		}
	}
	return out
}

// serializeAll is serialize for many texts.
func (b *binder) serializeAll(ctx context.Context, texts []string, got func(text, tree string)) error {
	st, err := statements.Render(dialect{}, "serialize_all", map[string]any{"Texts": texts})
	if err != nil {
		return err
	}
	return warehouse.Each(ctx, b.c, st, func(r warehouse.Row) error {
		text, ok := r[0].(string)
		tree, parsed := r[1].(string)
		if ok && parsed {
			got(text, tree)
		}
		return nil
	})
}
