// Package duckdb is the embedded query engine: a warehouse.Store over one DuckDB file, an Analyzer of user SQL, and a
// reader for `cdp query`.
//
// It knows no feature. Package engine opens it; features see the interfaces of package warehouse only.
//
// What who writes SQL for it should know:
//   - A transaction writes one attached database only, so a publish transaction reads scratch and never writes it: rows for
//     a delta of Then come as Rows, not through a table made there.
//   - Delta relations should be tables: a view is computed anew by every reader, and again at publish. One that only picks rows
//     and columns of a table may stay a view: writing them costs more than reading them twice.
//   - Two-part names resolve as schema.table only while no catalogue has the schema's name: wh, temp, system and memory are
//     no names for schemas (addr.ReservedSchema).
//   - A SELECT stored as a view resolves its tables in the warehouse, and reads the living rows only.
//   - NULL without a type becomes INTEGER in CREATE TABLE AS: write CAST(NULL AS …). sum() of BIGINT is HUGEINT, which reads
//     back as DECIMAL(38,0): cast it. "/" of integers is DOUBLE; "//" divides whole. count() is BIGINT.
//   - A bound value has the type of its Go value; where a parameter alone decides a column's type, CAST it.
//   - CAST(x AS BIGINT) rounds 1.6 to 2 and takes '0043'; check by printing back.
//   - Names of columns are compared without case. Text is compared by bytes. NaN equals NaN and is above every number.
//   - Window functions and first(), any_value(), list() without ORDER BY follow the order of rows, which is not defined:
//     order by something unique.
//   - hash() is not stable across versions: use sha256() or md5() for what is kept.
//   - A batch reader made of an iterator (iter.Pull) may be loaded; DuckDB pulls it from a goroutine made for it.
//
// Invariant: no second descriptor of the warehouse file is ever opened in this process, or DuckDB's lock on it is lost.
package duckdb
