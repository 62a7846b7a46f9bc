package sdk

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// PrivateAddressError is a dial that was refused because it led to a private address.
type PrivateAddressError struct{ Address string }

func (e *PrivateAddressError) Error() string {
	return fmt.Sprintf("%s is a private address; set allow_private = true to reach it", e.Address)
}

// notPublic are ranges that netip has no method for. NAT64, 6to4 and Teredo carry an IPv4 address inside.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"),
	netip.MustParsePrefix("2002::/16"),
}

// PrivateAddress says whether an address is anything but a public unicast address.
func PrivateAddress(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() {
		return true
	}
	for _, prefix := range notPublic {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// GuardDial makes a dialer refuse private addresses. The check is made on the address that is dialled, after the name was
// resolved, so there is no moment between check and use. Connectors with a protocol of their own use it too.
func GuardDial(d *net.Dialer) {
	d.ControlContext = func(_ context.Context, _, address string, _ syscall.RawConn) error {
		addr, err := netip.ParseAddrPort(address)
		if err != nil || PrivateAddress(addr.Addr()) {
			return &PrivateAddressError{Address: address}
		}
		return nil
	}
}

func newTransport(o HTTPOptions) *http.Transport {
	dialer := &net.Dialer{Timeout: min(o.Timeout, 10*time.Second), KeepAlive: 30 * time.Second}
	if !o.AllowPrivate {
		GuardDial(dialer)
	}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           16,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        15 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  o.Timeout,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// kept are the headers that go along to another host. All others may be credentials.
var kept = map[string]bool{"Accept": true, "Accept-Language": true, "Content-Type": true, "User-Agent": true}

func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if !readOnly(first.Method) {
		// A redirected POST becomes a GET without its body, and a 200 to that would prove nothing.
		return http.ErrUseLastResponse
	}
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if first.URL.Scheme == "https" && req.URL.Scheme != "https" {
		return errors.New("a redirect leads from https to " + req.URL.Scheme)
	}
	// The referrer would carry the query of the request before, secrets included.
	req.Header.Del("Referer")
	if sameOrigin(first.URL, req.URL) && !leftHost(via, first.URL) {
		return nil
	}
	req.URL.User = nil
	for name := range req.Header {
		if !kept[name] {
			req.Header.Del(name)
		}
	}
	return nil
}

// leftHost says whether the chain was at another host already: what comes back from there is not trusted either.
func leftHost(via []*http.Request, origin *url.URL) bool {
	for _, r := range via {
		if !sameOrigin(origin, r.URL) {
			return true
		}
	}
	return false
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "https" {
		return "443"
	}
	return "80"
}
