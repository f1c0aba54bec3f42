package envswitch

import (
	"bytes"
	"image"
	_ "image/jpeg" // known to image.DecodeConfig
	_ "image/png"  // known to image.DecodeConfig
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"merchant-portal/internal/fault"
	"merchant-portal/internal/form"
)

// File is what somebody uploads: what they call it, and what is in it.
type File struct {
	Name    string
	Content []byte
}

// MaxDocument is the most that a document may weigh, in bytes: 5 MB.
const MaxDocument = 5 << 20

// The kinds of files that are taken.
const (
	pdf  = "application/pdf"
	png  = "image/png"
	jpeg = "image/jpeg"
)

// endings are how the names of such files end; the first is the usual one.
var endings = map[string][]string{pdf: {".pdf"}, png: {".png"}, jpeg: {".jpg", ".jpeg"}}

// maxSide bounds the sides of a picture, in pixels: a larger one is no scan, and could not be looked at.
const maxSide = 20_000

// fileField is the field of the form that the messages are about.
const fileField = "file"

func badFile(id string, args map[string]any) error { return fault.InvalidField(fileField, id, args) }

// check gives the media type of a file that is taken: a PDF, PNG or JPEG by its first bytes and its header, at most MaxDocument, whose name does not say
// that it is something else. Anything else is a fault.Invalid, or FileTooLarge.
func (f File) check() (mediaType string, err error) {
	switch {
	case len(f.Content) == 0:
		return "", badFile("activation.file_empty", nil)
	case len(f.Content) > MaxDocument:
		return "", FileTooLarge()
	}
	mediaType, whole := f.mediaType()
	ending := strings.ToLower(path.Ext(lastPart(f.Name)))
	switch {
	case mediaType == "":
		return "", badFile("activation.file_type", nil)
	case len(ending) > 1 && !slices.Contains(endings[mediaType], ending):
		return "", badFile("activation.file_not_its_name", map[string]any{"Ending": shown(ending), "Type": strings.ToUpper(endings[mediaType][0][1:])})
	case !whole:
		return "", badFile("activation.file_damaged", map[string]any{"Type": strings.ToUpper(endings[mediaType][0][1:])})
	}
	return mediaType, nil
}

// FileTooLarge is the refusal of a file that weighs more than MaxDocument.
func FileTooLarge() error {
	return &fault.Error{Kind: fault.TooLarge, Fields: []fault.Field{{
		Name: fileField, Message: fault.Message{ID: "activation.file_too_large", Args: map[string]any{"Max": MaxDocument >> 20}},
	}}}
}

// mediaType tells by the first bytes what a file is, "" where it is nothing that is taken, and whether its header can be read.
func (f File) mediaType() (mediaType string, whole bool) {
	switch {
	case bytes.HasPrefix(f.Content, []byte("%PDF-")):
		return pdf, wholePDF(f.Content)
	case bytes.HasPrefix(f.Content, []byte("\x89PNG\r\n\x1a\n")):
		return png, f.isPicture("png")
	case bytes.HasPrefix(f.Content, []byte("\xff\xd8\xff")):
		return jpeg, f.isPicture("jpeg")
	}
	return "", false
}

func (f File) isPicture(format string) bool {
	c, found, err := image.DecodeConfig(bytes.NewReader(f.Content))
	return err == nil && found == format && c.Width > 0 && c.Height > 0 && c.Width <= maxSide && c.Height <= maxSide
}

var (
	pdfStart = regexp.MustCompile(`^%PDF-[12]\.[0-9]`)
	pdfEnd   = regexp.MustCompile(`startxref\s+[0-9]{1,10}\s+%%EOF`)
)

// pdfTail is where a PDF ends: the last 1024 bytes, as programs that read it look there too (PDF 1.7, Annex H).
const pdfTail = 1024

// wholePDF reports whether a PDF has its header, and at its end says where its table of contents is: one that was cut off does not.
func wholePDF(content []byte) bool {
	return pdfStart.Match(content) && pdfEnd.Match(content[max(0, len(content)-pdfTail):])
}

// maxName bounds the name of a file, in characters, its ending included.
const maxName = 100

// cleanName is a name under which a file can be shown and saved anywhere: no folder, no character that is not seen or that systems give a meaning, not
// too long, and an ending that says what is in it.
func cleanName(name, mediaType string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*`, r) || form.Line(string(r)) != nil || unicode.IsSpace(r) && r != ' ' {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(lastPart(name), "_"))
	ending := path.Ext(name)
	if !slices.Contains(endings[mediaType], strings.ToLower(ending)) {
		ending = endings[mediaType][0]
	} else {
		name = strings.TrimSuffix(name, ending)
	}
	letters := []rune(strings.Trim(name, ". "))
	name = strings.TrimRight(string(letters[:min(len(letters), maxName-len(ending))]), ". ")
	if name == "" {
		name = "document"
	}
	return name + strings.ToLower(ending)
}

// lastPart is a name without the folders that some browsers send.
func lastPart(name string) string { return name[strings.LastIndexAny(name, `/\`)+1:] }

// shown is an ending as a message can hold it.
func shown(ending string) string {
	const most = 12
	if utf8.RuneCountInString(ending) > most {
		ending = string([]rune(ending)[:most]) + "…"
	}
	return strings.Map(func(r rune) rune {
		if form.Line(string(r)) != nil {
			return '_'
		}
		return r
	}, ending)
}
