package http

import (
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// New is the connector. Accounts (limiters, tokens, connections) live as long as the process does.
func New() sdk.Connector {
	accounts := newAccounts()
	return sdk.Connector{
		Spec:        Spec(),
		Source:      &source{accounts: accounts},
		Destination: &destination{accounts: accounts},
	}
}
