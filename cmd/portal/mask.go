package main

import (
	"net/url"
	"strconv"
	"strings"
)

const mask = "***"

// shown is the value as it may be read by others, in one line. Of a secret that is a URL only the password is hidden.
func (s setting) shown() string {
	switch {
	case *s.value == "" && s.unset != "":
		return "not set (" + s.unset + ")"
	case *s.value == "":
		return "not set"
	case s.secret || holdsPrivateKey(*s.value): // a key pasted where its file's name belongs
		return masked(*s.value)
	}
	if quoted := strconv.Quote(*s.value); quoted != `"`+*s.value+`"` {
		return quoted
	}
	return *s.value
}

func holdsPrivateKey(text string) bool { return strings.Contains(text, "PRIVATE KEY") }

// masked hides the password of a URL, and its query, where some servers take one. Whatever is no plain URL is hidden whole: an @ behind the
// host means that the password holds a sign which ended it early.
func masked(secret string) string {
	u, err := url.Parse(secret)
	if err != nil || u.Scheme == "" || u.Host == "" || strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return mask
	}
	text := u.Scheme + "://"
	if u.User != nil {
		text += url.User(u.User.Username()).String()
		if _, has := u.User.Password(); has {
			text += ":" + mask
		}
		text += "@"
	}
	text += u.Host + u.EscapedPath()
	if u.RawQuery != "" || u.Fragment != "" {
		text += "?" + mask
	}
	return text
}
