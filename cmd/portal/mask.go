package main

import (
	"net/url"
	"strconv"
	"strings"

	"merchant-portal/internal/seal"
)

const mask = "***"

// shown is the value as it may be read by others, in one line. Of a secret that is a URL only the password is hidden.
func (s setting) shown() string {
	switch {
	case *s.value == "" && s.unset != "":
		return "not set (" + s.unset + ")"
	case *s.value == "":
		return "not set"
	case s.secret:
		return masked(*s.value)
	}
	if hidden := quotable(*s.value); hidden != *s.value {
		return hidden
	}
	if quoted := strconv.Quote(*s.value); quoted != `"`+*s.value+`"` {
		return quoted
	}
	return *s.value
}

// maskedUser hides the password, and the name too where it is the same: some mail services take a token as both.
func maskedUser(u *url.Userinfo) string {
	password, has := u.Password()
	switch {
	case !has:
		return url.User(u.Username()).String()
	case password == u.Username():
		return mask + ":" + mask
	}
	return url.User(u.Username()).String() + ":" + mask
}

// quotable masks a value that is no secret but looks like one that was given in its place: a key where its file's name belongs, or an address
// with a password.
func quotable(text string) string {
	_, err := seal.ParseMasterKey(text)
	if err == nil || holdsPrivateKey(text) || (strings.Contains(text, "://") && strings.Contains(text, "@")) {
		return masked(text)
	}
	return text
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
		text += maskedUser(u.User) + "@"
	}
	path, _, _ := strings.Cut(u.EscapedPath(), ";") // some take parameters there
	text += u.Host + path
	if u.RawQuery != "" || u.Fragment != "" {
		text += "?" + mask
	}
	return text
}
