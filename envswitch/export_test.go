package envswitch

// Accepted gives the name under which a file is kept, or why it is not taken.
func Accepted(f File) (name string, err error) {
	mediaType, err := f.check()
	if err != nil {
		return "", err
	}
	return cleanName(f.Name, mediaType), nil
}
