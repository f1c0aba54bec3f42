package main

import (
	"log/slog"
	"net/http"
	"time"
)

// limits bound what one peer can take (C111). Bodies are bounded per route, in web.
type limits struct {
	header      time.Duration // until all headers are here
	read        time.Duration // until all of a request is here
	write       time.Duration // until all of an answer is out
	idle        time.Duration // until the next request
	headerBytes int
}

// peers is what holds for everybody who connects.
var peers = limits{header: 5 * time.Second, read: 15 * time.Second, write: 30 * time.Second, idle: 2 * time.Minute, headerBytes: 32 << 10}

func newHTTPServer(h http.Handler, logger *slog.Logger, l limits) *http.Server {
	return &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		ReadHeaderTimeout: l.header, ReadTimeout: l.read, WriteTimeout: l.write, IdleTimeout: l.idle, MaxHeaderBytes: l.headerBytes,
	}
}
