package config

import (
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/zclconf/go-cty/cty"
)

// whereabouts is a digest of the arguments that say where an account is; empty: none do, or they are not known yet. What a
// secret says besides (user, password, options) has no part in it.
func (b *block) whereabouts(spec schema.Block) string {
	var parts []string
	for _, a := range spec.Args {
		if !a.Place || b.attr(a.Name) == nil {
			continue
		}
		v, ok := b.raw(a.Name)
		if !ok {
			return ""
		}
		plain, _ := v.UnmarkDeep()
		if !plain.IsWhollyKnown() || plain.IsNull() || plain.Type() != cty.String {
			return ""
		}
		parts = append(parts, a.Name+"\x1f"+placeText(plain.AsString(), a))
	}
	if len(parts) == 0 {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x1e")))
	return hex.EncodeToString(sum[:8])
}

// ports are those a URL means that names none.
var ports = map[string]string{"http": "80", "https": "443", "postgres": "5432", "postgresql": "5432"}

// placeText is a place as it compares: host, port and path of a URL, a path without detours.
func placeText(text string, a schema.Arg) string {
	if a.Path {
		return filepath.ToSlash(filepath.Clean(text))
	}
	u, err := url.Parse(text)
	switch {
	case (err != nil || u.Host == "") && a.Sensitive:
		return "" // any part of it may be the secret
	case err != nil || u.Host == "":
		return text
	}
	port := u.Port()
	if port == "" {
		port = ports[strings.ToLower(u.Scheme)]
	}
	return net.JoinHostPort(strings.ToLower(u.Hostname()), port) + strings.TrimRight(u.Path, "/")
}
