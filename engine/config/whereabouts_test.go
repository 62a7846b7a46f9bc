package config

import (
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
)

func TestPlacesCompareByWhereTheyAre(t *testing.T) {
	url, secret, path := schema.Arg{}, schema.Arg{Sensitive: true}, schema.Arg{Path: true}
	for _, c := range []struct {
		arg         schema.Arg
		left, right string
		same        bool
	}{
		{url, "https://API.example.com/v2/", "https://api.example.com:443/v2", true},
		{url, "https://api.example.com/v2", "https://eu.example.com/v2", false},
		{url, "https://api.example.com/a", "https://api.example.com/b", false},
		{secret, "postgres://u:one@db:5432/shop?sslmode=require", "postgresql://v:two@db/shop", true},
		{secret, "postgres://u:one@db/shop", "postgres://u:one@db/other", false},
		{secret, "postgres://u:one@db/shop", "postgres://u:one@db:6432/shop", false},
		{path, "out", "./out/", true},
		{path, "out", "out2", false},
	} {
		if same := placeText(c.left, c.arg) == placeText(c.right, c.arg); same != c.same {
			t.Errorf("%s and %s: the same place: %v", c.left, c.right, same)
		}
	}
	if got := placeText("token-in-no-url", secret); got != "" {
		t.Errorf("a secret that is no URL: %q", got)
	}
}
