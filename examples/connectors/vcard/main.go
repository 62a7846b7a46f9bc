// Command cdp-connector-vcard is a connector of cdp that reads contacts from vCard files (.vcf), as phones and mail
// programs export them.
package main

import "github.com/cdp-engine/cdp/plugins/sdk"

func main() { sdk.Serve(Connector()) }
