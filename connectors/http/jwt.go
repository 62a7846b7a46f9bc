package http

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// sign makes the signed assertion.
func (j *jwtAuth) sign(now time.Time) (token string, expires time.Time, err error) {
	life := 5 * time.Minute
	if j.Lifetime != "" {
		if life, err = parseDuration(j.Lifetime); err != nil {
			return "", expires, err
		}
	}
	expires = now.Add(life)
	key, algorithm, err := j.signingKey()
	if err != nil {
		return "", expires, err
	}
	header := map[string]any{"alg": algorithm, "typ": "JWT"}
	if j.KeyID != "" {
		header["kid"] = j.KeyID
	}
	claims := map[string]any{"iat": now.Unix(), "exp": expires.Unix()}
	for name, value := range map[string]string{
		"iss": j.Issuer, "sub": j.Subject, "aud": j.Audience, "scope": strings.Join(j.Scopes, " "),
	} {
		if value != "" {
			claims[name] = value
		}
	}
	head, _ := json.Marshal(header)
	body, _ := json.Marshal(claims)
	signed := base64.RawURLEncoding.EncodeToString(head) + "." + base64.RawURLEncoding.EncodeToString(body)
	signature, err := signature(key, signed)
	if err != nil {
		return "", expires, fmt.Errorf("signing the token: %w", err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), expires, nil
}

// signingKey reads the key: PEM of an RSA key (RS256) or of a P-256 key (ES256), else a shared secret (HS256).
func (j *jwtAuth) signingKey() (key any, algorithm string, err error) {
	block, _ := pem.Decode([]byte(j.Key))
	switch {
	case block == nil && strings.Contains(j.Key, "-----BEGIN"):
		return nil, "", errors.New("the key looks like PEM, but cannot be read")
	case block == nil:
		key, algorithm = []byte(j.Key), "HS256"
	default:
		if key, err = privateKey(block.Bytes); err != nil {
			return nil, "", err
		}
		switch k := key.(type) {
		case *rsa.PrivateKey:
			algorithm = "RS256"
		case *ecdsa.PrivateKey:
			if k.Curve.Params().BitSize != 256 {
				return nil, "", errors.New("the key is on another curve than P-256, which ES256 needs")
			}
			algorithm = "ES256"
		default:
			return nil, "", errors.New("the key is neither an RSA nor a P-256 key")
		}
	}
	if j.Algorithm != "" && j.Algorithm != algorithm {
		return nil, "", fmt.Errorf("the key is one for %s, not for %s", algorithm, j.Algorithm)
	}
	return key, algorithm, nil
}

// privateKey reads the forms in which private keys are written. The parsers' own errors may tell of the key: not shown.
func privateKey(der []byte) (any, error) {
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		return key, nil
	}
	if key, err := x509.ParseECPrivateKey(der); err == nil {
		return key, nil
	}
	return nil, errors.New("the PEM holds no private key that can be read")
}

func signature(key any, signed string) ([]byte, error) {
	sum := sha256.Sum256([]byte(signed))
	switch k := key.(type) {
	case *rsa.PrivateKey:
		return rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, sum[:])
	case *ecdsa.PrivateKey:
		r, s, err := ecdsa.Sign(rand.Reader, k, sum[:])
		if err != nil {
			return nil, err
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out, nil
	case []byte:
		mac := hmac.New(sha256.New, k)
		mac.Write([]byte(signed))
		return mac.Sum(nil), nil
	}
	return nil, errors.New("the key is of no known kind")
}
