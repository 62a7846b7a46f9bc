package duckdb_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

var counter = warehouse.Table{Schema: "s", Name: "counter", Columns: []schema.Column{column("n", schema.Int64), column("pad", schema.String)}, Key: []string{"n"}}

// helper names what this test binary does when a test starts it as a process of its own.
const helper = "CDP_DUCKDB_TEST_HELPER"

func TestMain(m *testing.M) {
	path := os.Getenv("CDP_DUCKDB_TEST_PATH")
	switch os.Getenv(helper) {
	case "":
		os.Exit(m.Run())
	case "hold":
		hold(path)
	case "publish":
		publishForever(path)
	case "full":
		signal.Ignore(syscall.SIGXFSZ)
		limit := syscall.Rlimit{Cur: 3 << 20, Max: 3 << 20}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Println(err)
		}
		publishForever(path)
	}
}

func hold(path string) {
	s, err := duckdb.Open(context.Background(), duckdb.Options{Path: path})
	if err == nil {
		err = s.Promote(context.Background())
	}
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	time.Sleep(time.Minute)
}

// publishForever publishes publication after publication: 500 rows that name it, and one of them that was there changes.
// It prints a number once the publication of that number is committed.
func publishForever(path string) {
	ctx := context.Background()
	s, err := duckdb.Open(ctx, duckdb.Options{Path: path, Scratch: path + ".scratch", Threads: 1})
	if err == nil {
		err = s.Promote(ctx)
	}
	for round := 0; err == nil; round++ {
		t := counter
		if round > 2 { // the table changes its shape on the way
			t.Columns = append([]schema.Column{column(fmt.Sprintf("c%d", round/3), schema.String)}, counter.Columns...)
		}
		var rows, gone [][]any
		for i := range 500 {
			row := []any{round*500 + i, strings.Repeat("x", 200)}
			if len(t.Columns) == 3 {
				row = append([]any{"y"}, row...)
			}
			rows = append(rows, row)
			gone = append(gone, []any{round*500 + i - 250}) // half of them are there
		}
		if err = s.Publish(ctx, warehouse.Publication{Deltas: []warehouse.Delta{{Table: t, Rows: rows, Gone: gone}}}); err == nil {
			fmt.Println(round)
		}
	}
	summary, detail, ok := warehouse.Explain(err)
	fmt.Println("failed", summary, detail, ok)
	os.Exit(1)
}

// said is what a process has written so far.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func start(t *testing.T, what, path string) (*exec.Cmd, *said) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helper+"="+what, "CDP_DUCKDB_TEST_PATH="+path)
	out := &said{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd, out
}

func value(t *testing.T, s warehouse.Store, sql string) int64 {
	t.Helper()
	n, err := warehouse.Value[int64](context.Background(), s, sqlgen.Statement{Name: "test", SQL: sql})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Killed at any moment, the warehouse has whole publications only, and all that were acknowledged.
func TestKilledWhilePublishing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	for round := range 6 {
		path := filepath.Join(t.TempDir(), "w.duckdb")
		cmd, out := start(t, "publish", path)
		time.Sleep(time.Duration(250+round*110) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if strings.Contains(out.String(), "failed") {
			t.Fatal(out.String())
		}
		acknowledged := int64(strings.Count(out.String(), "\n"))
		s := openStore(t, duckdb.Options{Path: path})
		if err := s.Declare(context.Background(), counter); err != nil {
			t.Fatal(err)
		}
		// publication k adds 500 rows and, from the second on, takes 250 away
		rows := value(t, s, `SELECT count(*) FROM "now"."s.counter"`)
		highest := value(t, s, `SELECT coalesce(max(n), -1) + 1 FROM "now"."s.counter"`)
		published := highest / 500
		if highest%500 != 0 || published < acknowledged || published > acknowledged+1 || published > 0 && rows != 500+(published-1)*250 {
			t.Errorf("%d acknowledged, %d published, %d rows", acknowledged, published, rows)
		}
		if err := s.Promote(context.Background()); err != nil {
			t.Error(err)
		}
		s.Close()
	}
}

// No file may grow beyond a limit: as on a full disk. The process ends with a plain sentence, the file stays whole.
func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	cmd, out := start(t, "full", path)
	_ = cmd.Wait()
	before, told, ok := strings.Cut(out.String(), "failed ")
	if !ok || !strings.HasPrefix(told, "No space left on disk ") {
		t.Fatalf("told: %s", out.String())
	}
	acknowledged := int64(strings.Count(before, "\n"))
	s := openStore(t, duckdb.Options{Path: path})
	defer s.Close()
	if err := s.Declare(context.Background(), counter); err != nil {
		t.Fatal(err)
	}
	highest := value(t, s, `SELECT coalesce(max(n), -1) + 1 FROM "now"."s.counter"`)
	rows := value(t, s, `SELECT count(*) FROM "now"."s.counter"`)
	if published := highest / 500; highest%500 != 0 || published < acknowledged || rows != 500+(published-1)*250 {
		t.Errorf("%d acknowledged, %d published, %d rows", acknowledged, published, rows)
	}
	if err := s.Promote(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(context.Background(), warehouse.Publication{Deltas: []warehouse.Delta{{Table: counter, Rows: [][]any{{-1, ""}}}}}); err != nil {
		t.Error(err)
	}
}

func TestTheFileIsHeldByAnother(t *testing.T) {
	path := published(t)
	_, out := start(t, "hold", path)
	for i := 0; !strings.Contains(out.String(), "ready"); i++ {
		if i > 200 {
			t.Fatal(out.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
	s, err := duckdb.Open(context.Background(), duckdb.Options{Path: path})
	if err == nil {
		s.Close()
	}
	if !warehouse.IsReason(err, warehouse.Locked) {
		t.Errorf("got %v", err)
	}
}

func TestDamagedFiles(t *testing.T) {
	good, err := os.ReadFile(published(t))
	if err != nil {
		t.Fatal(err)
	}
	newer := bytes.Clone(good)
	binary.LittleEndian.PutUint64(newer[12:], 255) // the version, in a header that begins with its checksum
	if got := checksum(good[8:4096]); got != binary.LittleEndian.Uint64(good) {
		t.Fatalf("the checksum of a header is not %x", got)
	}
	binary.LittleEndian.PutUint64(newer, checksum(newer[8:4096]))
	header := bytes.Clone(good)
	copy(header[4096:4200], bytes.Repeat([]byte{0x5a}, 104))
	copy(header[8192:8300], bytes.Repeat([]byte{0x5a}, 108))
	body := bytes.Clone(good)
	for i := 12288; i < len(body); i += 64 {
		body[i] ^= 0xff
	}
	for _, c := range []struct {
		name   string
		bytes  []byte
		reason warehouse.Reason
	}{
		{"text", bytes.Repeat([]byte("this is not a database"), 100), warehouse.Damaged},
		{"one byte", []byte("x"), warehouse.Damaged},
		{"cut short", good[:len(good)/2], warehouse.Damaged},
		{"headers lost", header, warehouse.Damaged},
		{"blocks flipped", body, warehouse.Damaged},
		{"of a newer format", newer, warehouse.Newer},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "w.duckdb")
			if err := os.WriteFile(path, c.bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := duckdb.Open(context.Background(), duckdb.Options{Path: path})
			if s != nil {
				t.Error("there is a store all the same")
			}
			if !warehouse.IsReason(err, c.reason) {
				t.Fatalf("got %v", err)
			}
			summary, detail, ok := warehouse.Explain(err)
			if !ok || summary == "" || !strings.Contains(detail, path) {
				t.Errorf("told: %s: %s", summary, detail)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, c.bytes) {
				t.Error("the file changed")
			}
			if _, err := duckdb.OpenReader(context.Background(), duckdb.Options{Path: path}); !warehouse.IsReason(err, c.reason) {
				t.Errorf("for queries: %v", err)
			}
		})
	}
}

// checksum is DuckDB's own, of blocks whose length is a multiple of eight.
func checksum(block []byte) uint64 {
	sum := uint64(5381)
	for i := 0; i+8 <= len(block); i += 8 {
		sum ^= binary.LittleEndian.Uint64(block[i:]) * 0xbf58476d1ce4e5b9
	}
	return sum
}

func TestAnEmptyFileIsAFirstRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := openStore(t, duckdb.Options{Path: path})
	defer s.Close()
	if err := s.Promote(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(context.Background(), warehouse.Publication{Deltas: []warehouse.Delta{{Table: counter, Rows: [][]any{{1, ""}}}}}); err != nil {
		t.Fatal(err)
	}
}

func TestFilesArePrivate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.duckdb")
	s := openStore(t, duckdb.Options{Path: path, Scratch: filepath.Join(dir, "scratch"), TempDir: filepath.Join(dir, "spill")})
	defer s.Close()
	if err := s.Promote(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"w.duckdb", "scratch", "spill"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %s", name, fs.FileMode(info.Mode()))
		}
	}
}

func TestAStoreForReadingOnly(t *testing.T) {
	s := openStore(t, duckdb.Options{Path: published(t), ReadOnly: true})
	defer s.Close()
	if err := s.Promote(context.Background()); err == nil {
		t.Error("promoted")
	}
}

// Whatever SQL gets into a store, it reaches no file, no setting and no other database.
func TestAStoreIsSealed(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{published(t), filepath.Join(dir, "new.duckdb")} {
		s := openStore(t, duckdb.Options{Path: path, Scratch: filepath.Join(t.TempDir(), "scratch")})
		for _, sql := range []string{
			"SELECT * FROM read_csv('" + secret + "')", "SELECT * FROM '" + secret + "'", "COPY (SELECT 1) TO '" + filepath.Join(dir, "out.csv") + "'",
			"ATTACH '" + filepath.Join(dir, "other.duckdb") + "' AS other", "SET enable_external_access = true", "SET lock_configuration = false", "SET threads = 1",
			"INSTALL httpfs", "LOAD httpfs", "SET TimeZone = 'Asia/Tokyo'", "EXPORT DATABASE '" + dir + "'",
		} {
			if _, err := s.Run(context.Background(), sqlgen.Statement{Name: "test", SQL: sql}); err == nil {
				t.Errorf("%s: allowed", sql)
			}
		}
		zone, err := warehouse.Value[string](context.Background(), s, sqlgen.Statement{Name: "test", SQL: "SELECT current_setting('TimeZone')"})
		if err != nil || zone != "UTC" {
			t.Errorf("time zone %q, %v", zone, err)
		}
		s.Close()
	}
}

func TestOutOfMemoryAndDisk(t *testing.T) {
	s, err := duckdb.Open(context.Background(), duckdb.Options{Scratch: filepath.Join(t.TempDir(), "scratch"), MemoryLimit: 128 << 20, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.Run(context.Background(), sqlgen.Statement{Name: "test", SQL: "CREATE TABLE work.t AS SELECT list(range) AS l FROM range(100000000)"})
	if !warehouse.IsReason(err, warehouse.Memory) {
		t.Errorf("got %v", err)
	}
	if summary, _, ok := warehouse.Explain(err); !ok || summary != "Out of memory" {
		t.Error(summary)
	}
	if value(t, s, "SELECT 1") != 1 {
		t.Error("the store is broken")
	}
}

// A load is bounded in memory: what comes may be larger than what DuckDB may hold.
func TestLoadsLargerThanMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 400 MB")
	}
	s, err := duckdb.Open(context.Background(), duckdb.Options{Scratch: filepath.Join(t.TempDir(), "scratch"), MemoryLimit: 128 << 20, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n, err := s.Load(context.Background(), sqlgen.Relation{Schema: "delta", Name: "big"}, wide(400))
	if err != nil || n != 400*1000 {
		t.Fatalf("%d rows, %v", n, err)
	}
	if got := value(t, s, "SELECT count(DISTINCT k) FROM delta.big"); got != n {
		t.Errorf("%d keys", got)
	}
}
