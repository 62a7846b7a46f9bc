package main

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	_ "github.com/duckdb/duckdb-go/v2" // the yardstick
)

// duck runs statements in a DuckDB file by DuckDB alone and tells what they cost, the closing of the file included: then
// everything is in it. prepare is done before the clock starts.
func (r *room) duck(name string, prepare, statements []string) (took, error) {
	path := filepath.Join(r.dir, name+".duckdb")
	if prepare == nil {
		_ = os.Remove(path)
	}
	open := func() (*sql.DB, error) {
		db, err := sql.Open("duckdb", path)
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		_, err = db.ExecContext(r.ctx, "set temp_directory = '"+path+".tmp'")
		return db, err
	}
	all := func(db *sql.DB, statements []string) error {
		for _, s := range statements {
			if _, err := db.ExecContext(r.ctx, s); err != nil {
				return fmt.Errorf("the yardstick %s: %w", name, err)
			}
		}
		return nil
	}
	if len(prepare) > 0 {
		db, err := open()
		if err != nil {
			return took{}, err
		}
		if err := all(db, prepare); err != nil {
			_ = db.Close()
			return took{}, err
		}
		if err := db.Close(); err != nil {
			return took{}, err
		}
	}
	return timed(func() error {
		db, err := open()
		if err != nil {
			return err
		}
		if err := all(db, statements); err != nil {
			_ = db.Close()
			return err
		}
		return db.Close()
	})
}

// mean of two measurements: one before ours and one after, so that a machine that grows busier is not held against either.
func mean(a, b took) took { return took{Wall: (a.Wall + b.Wall) / 2, CPU: (a.CPU + b.CPU) / 2} }
