package auth

import "merchant-portal/internal/ids"

// Labels of what is sealed and stored: for store, which seals it again when the master key is rotated (C082).

// FactorLabel is that of a second factor.
func FactorLabel(p ids.PersonID, f ids.FactorID) []byte { return factorLabel(p, f) }

// PastPasswordLabel is that of a password that a person had before.
func PastPasswordLabel(p ids.PersonID) []byte { return pastLabel(p) }

// KeptFormLabel is that of every kept form: whose it is stands within.
func KeptFormLabel() []byte { return keptLabel }
