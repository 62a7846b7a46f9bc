// Package state is what the engine remembers in schema _cdp of the warehouse: what was applied, cursors, loads, the run
// log, commit serials, the ledger's and receipts' tables; and the lock beside the warehouse file.
//
// It plans nothing and publishes nothing itself: it reads state at start and hands out deltas that features publish in the
// same transaction as their rows. Plan, apply and the features call it.
//
// Invariant: state changes only together with the rows it is about.
package state
