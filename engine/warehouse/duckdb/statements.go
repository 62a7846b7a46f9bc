package duckdb

import (
	"embed"

	"github.com/cdp-engine/cdp/engine/sqlgen"
)

//go:embed sql/*.sql
var files embed.FS

var statements = sqlgen.MustParse(files, "sql")
