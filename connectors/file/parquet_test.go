package file

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/sdk"
	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"
)

func duck(t testing.TB, statements ...string) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParquetOfOthers(t *testing.T) {
	p := filepath.Join(t.TempDir(), "d.parquet")
	duck(t, `copy (select 1::integer i, 2::utinyint u, 18446744073709551615::ubigint big, 1.5::float f, 12.25::decimal(5,2) d, 'é' s, '\x00\xff'::blob b, date '2026-01-31' as day, time '10:00:00.5' as clock,
		timestamp '2026-01-31 10:00:00.123456' ts, timestamptz '2026-01-31 10:00:00+02' tz, {'a': 1, 'b': ['x', null]} st, map {'k': 1.50::decimal(4,2)} m, '{"z": 1}'::json j, uuid '6ba7b810-9dad-11d1-80b4-00c04fd430c8' id, null::integer n,
		'2026-01-01 00:00:00.123456'::timestamp_ns ns, 'b'::enum('a', 'b') e)
		to '`+p+`' (format parquet)`)
	got := of(p).must(t)
	want := "i BIGINT, u BIGINT, big DECIMAL(20,0), f DOUBLE, d DECIMAL(5,2), s VARCHAR, b BLOB, day DATE, clock TIME, ts TIMESTAMP, tz TIMESTAMPTZ, st JSON, m JSON, j JSON, id VARCHAR, n BIGINT, ns TIMESTAMP, e VARCHAR"
	if diff := cmp.Diff(want, got.types()); diff != "" {
		t.Error(diff)
	}
	row := `1|2|18446744073709551615|1.5|12.25|é|\x00ff|2026-01-31|10:00:00.5|2026-01-31 10:00:00.123456|2026-01-31T08:00:00Z|{"a":1,"b":["x",null]}|{"k":1.50}|{"z":1}|6ba7b810-9dad-11d1-80b4-00c04fd430c8|∅|2026-01-01 00:00:00.123456|b`
	if diff := cmp.Diff([]string{row}, got.rows); diff != "" {
		t.Error(diff)
	}
}

func TestParquetRejects(t *testing.T) {
	p := filepath.Join(t.TempDir(), "d.parquet")
	duck(t, `copy (select i::integer id, case when i = 500 then 'x' else i::varchar end v, date '2026-01-01' + i::integer u from range(1000) r(i)) to '`+p+`' (format parquet)`)
	s := of(p)
	s.columns, s.key = "id bigint, v bigint", []string{"id"}
	got := s.must(t)
	want := []sdk.Reject{{Position: "d.parquet: row 501", Column: "v", Code: "type", Reason: "column v is BIGINT, the value is VARCHAR", Record: `{"id":500,"v":"x","u":"2027-05-16"}`, Key: "500"}}
	if diff := cmp.Diff(want, got.rejects); diff != "" {
		t.Error(diff)
	}
	if len(got.rows) != 999 {
		t.Errorf("%d rows", len(got.rows))
	}
}

func TestDamagedParquet(t *testing.T) {
	p := filepath.Join(t.TempDir(), "d.parquet")
	duck(t, `copy (select i, 'v' || i v from range(20000) r(i)) to '`+p+`' (format parquet)`)
	good, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	damage := map[string][]byte{"empty": nil, "text": []byte("id,v\n1,2\n"), "cut": good[:len(good)/2], "footer": bytes.ReplaceAll(good, good[len(good)-60:len(good)-20], bytes.Repeat([]byte{0xff}, 40)),
		"pages": append(append(append([]byte(nil), good[:40]...), bytes.Repeat([]byte{0xff}, 200)...), good[240:]...)}
	for name, data := range damage {
		put(t, p, string(data))
		_, err := of(p).read(t)
		var f *sdk.Failure
		if !errors.As(err, &f) || f.Kind != sdk.FailureConfig || !strings.Contains(f.Message, "d.parquet") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
