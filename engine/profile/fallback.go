package profile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// fallback gives a trait's column its default. One that is no value of the trait's type would fail on the data only, where
// nobody could tell by which line.
func (c *compiler) fallback(t *config.Trait, col *Column) bool {
	if t.Default == nil {
		return true
	}
	col.Default = diag.Text{Value: *t.Default, Range: t.Range}
	if castable(*t.Default, col.Type) {
		return true
	}
	at := t.Range
	if r, ok := t.Ranges["default"]; ok {
		at = r
	}
	c.diags = append(c.diags, diag.NewError("trait.default", "Default of another type", fmt.Sprintf(
		"The trait is a %s, and %s is none. Write a default of that type, or leave it out: then it is null.", col.Type, *t.Default), &at).About(col.Address))
	return false
}

// castable reports whether a literal of SQL is, or reads as, a value of a type. It says no only where that is sure.
func castable(literal string, t schema.Type) bool {
	text, quoted := strings.CutPrefix(literal, "'")
	text = strings.TrimSpace(strings.TrimSuffix(text, "'"))
	truth := !quoted && (literal == "true" || literal == "false")
	switch t.Kind {
	case schema.Int64, schema.Decimal, schema.Double:
		_, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
		return err == nil || truth
	case schema.Bool:
		return !quoted || strings.Contains(" true false t f yes no y n 1 0 ", " "+strings.ToLower(text)+" ")
	case schema.Date, schema.Timestamp, schema.TimestampTZ:
		if word := strings.TrimPrefix(strings.ToLower(text), "-"); word == "infinity" || word == "epoch" {
			return quoted
		}
		if len(text) > 10 {
			text = text[:10]
		}
		_, err := time.Parse(time.DateOnly, text)
		return quoted && err == nil
	}
	return true
}
