package connectors

import (
	"github.com/cdp-engine/cdp/connectors/file"
	"github.com/cdp-engine/cdp/connectors/http"
	"github.com/cdp-engine/cdp/connectors/postgres"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// All are the built-in connectors, by name.
func All() []sdk.Connector {
	return []sdk.Connector{file.New(), http.New(), postgres.New()}
}
