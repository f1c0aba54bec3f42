package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"sync"
	"time"

	"merchant-portal/envswitch"
	"merchant-portal/internal/fault"
	"merchant-portal/internal/ids"
	"merchant-portal/internal/route"
)

// Bounds of an upload. maxUploads of them may be in memory at a time, and one per merchant: no merchant alone keeps the others waiting.
const (
	uploadForm  = envswitch.MaxDocument + smallForm
	maxUploads  = 4
	maxParts    = 10
	maxField    = 1 << 10          // of a field that is no file
	uploadLasts = 2 * time.Minute  // 5 MB at 350 kbit/s
	uploadRest  = 16 << 20         // how much of a body that is refused is read and dropped: a browser that cannot send on does not read the answer
	uploadAgain = 10 * time.Second // after which who found no slot may try again
	fileField   = "file"
	formData    = "multipart/form-data"
)

var errUploadsBusy error = &fault.Error{Kind: fault.Unavailable, Public: fault.Message{ID: "upload.busy"}, RetryAfter: uploadAgain}

// upload is what a form with a file has brought: its fields and its file, or why it could not be read.
type upload struct {
	fields url.Values
	file   envswitch.File
	err    error
}

// takesFile lets a route take a file.
func takesFile(r route.Route[handler]) route.Route[handler] {
	r.Upload = true
	return r
}

// serveUpload serves a route that takes a file. Who may not send it is refused before anything of it is kept; who may is judged once more, by the session
// and in the act's transaction, when all of it is here (C096).
func (s *Server) serveUpload(rt route.Route[handler], env ids.Environment) http.Handler {
	act := s.withSession(s.guard(rt, env))
	return http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		o := observed(hr.Context())
		o.route = &rt
		r := s.admitted(w, hr, rt, env)
		if r == nil {
			return
		}
		s.giveTime(w)
		release, free := s.uploads.take(r.who.Merchant)
		if !free {
			drop(hr.Body)
			s.fail(w, r, errUploadsBusy)
			return
		}
		defer release()
		o.upload = receive(hr)
		act.ServeHTTP(w, hr)
	})
}

// giveTime lets an upload take longer than other requests.
func (s *Server) giveTime(w http.ResponseWriter) {
	c := http.NewResponseController(w)
	c.SetReadDeadline(s.Now().Add(uploadLasts))                   //nolint:errcheck // where there is no connection there is nothing to wait for
	c.SetWriteDeadline(s.Now().Add(uploadLasts + 30*time.Second)) //nolint:errcheck // see above
}

// admitted gives the request if its route is for whoever asks; else it is answered.
func (s *Server) admitted(w http.ResponseWriter, hr *http.Request, rt route.Route[handler], env ids.Environment) (r *request) {
	s.withSession(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		asked := s.newRequest(hr, env)
		if err := s.admit(w, asked, rt); err != nil {
			drop(hr.Body)
			s.fail(w, asked, s.noteRefusal(asked, err))
			return
		}
		r = asked
	})).ServeHTTP(w, hr)
	return r
}

// drop reads on and keeps nothing.
func drop(body io.Reader) {
	io.CopyN(io.Discard, body, uploadRest) //nolint:errcheck // it ends in any case
}

// receive reads a form with one file. Of what is too large it keeps nothing.
func receive(hr *http.Request) *upload {
	u := &upload{fields: url.Values{}}
	kind, parameters, err := mime.ParseMediaType(hr.Header.Get("Content-Type"))
	if err != nil || kind != formData || parameters["boundary"] == "" {
		u.err = errNotAForm
		drop(hr.Body)
		return u
	}
	body := &io.LimitedReader{R: hr.Body, N: uploadForm + 1}
	if u.err = u.read(multipart.NewReader(body, parameters["boundary"]), hr.ContentLength); body.N <= 0 {
		u.err = envswitch.FileTooLarge()
	}
	if u.err != nil {
		u.file.Content = nil
		drop(hr.Body)
	}
	return u
}

func (u *upload) read(form *multipart.Reader, announced int64) error {
	files := 0
	for range maxParts {
		part, err := form.NextPart()
		if err == io.EOF { //nolint:errorlint // a form that was cut off has an error that wraps it
			if files == 0 {
				return errNotAForm
			}
			return nil
		}
		if err != nil {
			return errNotAForm
		}
		if part.FormName() == fileField {
			files++
			err = u.readFile(part, announced)
		} else {
			err = u.readField(part)
		}
		switch {
		case err != nil:
			return err
		case files > 1:
			return errNotAForm
		}
	}
	return errTooLarge
}

// readFile reads a file into memory that is taken once. A byte more than is allowed is enough to refuse it.
func (u *upload) readFile(part *multipart.Part, announced int64) error {
	content := make([]byte, min(max(announced, 512), envswitch.MaxDocument+1))
	n, err := io.ReadFull(part, content)
	u.file = envswitch.File{Name: part.FileName(), Content: content[:n]}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil
	case err != nil:
		return errNotAForm
	}
	more, err := io.ReadAll(io.LimitReader(part, int64(envswitch.MaxDocument+1-n)))
	u.file.Content = append(u.file.Content, more...)
	if err != nil {
		return errNotAForm
	}
	return nil
}

func (u *upload) readField(part *multipart.Part) error {
	text, err := io.ReadAll(io.LimitReader(part, maxField+1))
	switch {
	case err != nil:
		return errNotAForm
	case len(text) > maxField:
		return errTooLarge
	case !isText(string(text)) || !isText(part.FormName()):
		return errNotAsText
	}
	u.fields.Add(part.FormName(), string(text))
	return nil
}

// uploadSlots bounds how many uploads are in memory.
type uploadSlots struct {
	mu    sync.Mutex
	taken map[ids.MerchantID]bool
}

// take gives a slot until release, if there is one.
func (u *uploadSlots) take(m ids.MerchantID) (release func(), free bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.taken[m] || len(u.taken) >= maxUploads {
		return nil, false
	}
	if u.taken == nil {
		u.taken = map[ids.MerchantID]bool{}
	}
	u.taken[m] = true
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.taken, m)
	}, true
}
