package file

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skip("SKIP: no small disk can be mounted here: ", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	put(t, filepath.Join(dir, "t.csv"), "as it was\n")
	for _, name := range []string{"t.csv", "t.parquet", "t.jsonl.gz"} {
		req := writeRequest(dir, name)
		w, err := destination{}.Open(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		var rows []string
		for i := range 20000 {
			rows = append(rows, fmt.Sprintf(`{"id": "%d", "key.id": %d, "field.name": "%x"}`, i, i, i*i*7919+i))
		}
		for range 10 {
			if _, err = w.Write(context.Background(), batch(t, req, "["+strings.Join(rows, ",")+"]")); err != nil {
				break
			}
		}
		if err == nil {
			_, err = w.Finish(context.Background())
		}
		w.Abort()
		var f *sdk.Failure
		if !errors.As(err, &f) || !strings.Contains(f.Detail, "disk is full") {
			t.Errorf("%s: %#v", name, err)
		}
		entries, _ := os.ReadDir(dir)
		if text, _ := os.ReadFile(filepath.Join(dir, "t.csv")); string(text) != "as it was\n" || len(entries) != 1 {
			t.Errorf("%s: left %v", name, entries)
		}
	}
}
