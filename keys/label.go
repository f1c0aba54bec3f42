package keys

// SealedLabel is what the sealed text of a key is bound to: for store, which seals it again when the master key is rotated (C082).
func SealedLabel(k Key) []byte { return label(k) }
