package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
)

// work is one row of the table of works, or a few that belong together.
type work struct {
	name, doc string
	disk      int64 // bytes needed at full size, beyond the cache
	run       func(*room) error
}

func works() []work {
	return []work{
		{"load", "a CSV file of 10 M rows into an empty raw table, and again", 4 << 30, loading},
		{"merge", "10,000 changed rows into a table of 1 M", 1 << 30, merging},
		{"idle", "a run of the shop with nothing new", 100 << 20, idling},
		{"identity", "10 M records to clusters and ids", 3 << 30, resolving},
		{"traits", "traits and segments over 10 M orders", 2 << 30, counting},
		{"plan", "a sync of 1 M rows, planned", 1 << 30, comparing},
		{"blocks", "a project of 1,000 blocks over 1 M customers, planned", 500 << 20, planning},
		{"deliver", "100,000 rows to a tool over HTTP", 200 << 20, delivering},
		{"validate", "1,000 blocks checked", 1 << 20, validating},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var names []string
	for _, w := range works() {
		names = append(names, w.name)
	}
	cdp := flag.String("cdp", "bin/cdp", "the binary to measure")
	scale := flag.Float64("scale", 1, "size of all data: 0.02 for a quick look")
	only := flag.String("only", "", "works to do, comma-separated: "+strings.Join(names, ", "))
	cache := flag.String("cache", "", "folder for generated data (default: the user's cache folder)")
	results := flag.String("results", "bench/results", "folder of results")
	part := flag.String("part", "", "internal: measure this part in this process")
	flag.Parse()
	if *part != "" {
		return measurePart(ctx, *part, *scale)
	}
	chosen, err := choose(*only, names)
	if err != nil {
		return err
	}
	r, err := newRoom(ctx, *cdp, *cache, *scale)
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.enough(chosen); err != nil {
		return err
	}
	for _, w := range chosen {
		if err := r.do(w); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return r.finish(*results)
}

func choose(only string, names []string) ([]work, error) {
	all := works()
	if only == "" {
		return all, nil
	}
	var out []work
	for name := range strings.SplitSeq(only, ",") {
		i := slices.Index(names, strings.TrimSpace(name))
		if i < 0 {
			return nil, fmt.Errorf("there is no work %q; there are %s", name, strings.Join(names, ", "))
		}
		out = append(out, all[i])
	}
	return out, nil
}
