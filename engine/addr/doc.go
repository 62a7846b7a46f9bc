// Package addr is the address of a block: segment.vip, source.shop.orders, trait.orders["fr"]. It parses, prints and
// compares; it does not look anything up.
package addr
