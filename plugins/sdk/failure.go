package sdk

import "github.com/cdp-engine/cdp/plugins/wire"

// The kinds of failure, for authors.
const (
	FailureConfig    = wire.FailureConfig
	FailureAuth      = wire.FailureAuth
	FailureRateLimit = wire.FailureRateLimit
	FailureTransient = wire.FailureTransient
	FailureRejected  = wire.FailureRejected
	FailureUnfit     = wire.FailureUnfit
	FailureLost      = wire.FailureLost
	FailurePermanent = wire.FailurePermanent
)

// The codes of failures that came before anything left.
const (
	CodeNotSent = wire.CodeNotSent
	CodeHeld    = wire.CodeHeld
)

// The outcomes of one record, for authors.
const (
	OK       = wire.OK
	Noop     = wire.Noop
	Rejected = wire.Rejected
	Retry    = wire.Retry
	Unknown  = wire.Unknown
)
