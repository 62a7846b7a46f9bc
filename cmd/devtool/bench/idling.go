package main

import (
	"os"
	"path/filepath"
)

// idling runs the example shop when nothing is new.
func idling(r *room) error {
	project := filepath.Join(r.dir, "shop")
	if err := os.Mkdir(project, 0o755); err != nil {
		return err
	}
	const noon, one = "2026-06-01T12:00:00Z", "2026-06-01T13:00:00Z"
	for _, args := range [][]string{{"init", "--example", "shop"}, {"apply", "--auto-approve"}, {"run"}} {
		if _, err := r.cdpIn(project, append(args, "--as-of", noon)...); err != nil {
			return err
		}
	}
	a, err := r.best(5, project, "run", "--as-of", noon)
	if err != nil {
		return err
	}
	r.add(figure{What: "run of the shop, nothing new, best of 5", Measured: a.took, MaxSeconds: 0.5})
	if a, err = r.cdpIn(project, "run", "--as-of", one); err != nil {
		return err
	}
	r.add(figure{What: "the same an hour later: windows moved", Measured: a.took, MaxSeconds: 0.5})
	return nil
}
