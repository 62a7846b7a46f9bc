package render

import "testing"

func TestMaskedKeys(t *testing.T) {
	for key, want := range map[string]string{
		`{"email":"ann@shop.example"}`:        `{"email":"a…@shop.example"}`,
		`{"name":"Ann Lee","city":"Oslo"}`:    `{"name":"A…","city":"O…"}`,
		`{"id":42,"email_sha256":"0a1b2c3d"}`: `{"id":42,"email_sha256":"0…"}`,
	} {
		if got := mask(true).key(key); got != want {
			t.Errorf("%s: %s, not %s", key, got, want)
		}
		if got := mask(false).key(key); got != key {
			t.Errorf("not masked: %s", got)
		}
	}
}
