package postgres

import (
	"testing"

	"github.com/cdp-engine/cdp/plugins/sdktest"
)

func TestMain(m *testing.M) { sdktest.Main(m, New()) }
