package postgres

import (
	"os"
	"testing"

	"github.com/cdp-engine/cdp/connectors/postgres/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
