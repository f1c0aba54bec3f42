# make test is the one test command; the other targets are parts of it, or for working on the portal.
.PHONY: test dev generate check unit e2e screenshots bench build tools

test: tools check unit e2e

# Chromium, PostgreSQL and a C compiler come from Debian packages. Where they may not be installed, the line to run is printed.
tools:
	@sh ./e2e/install.sh

generate:
	go tool templ generate -path web/templates
	go test ./cmd/portal -run TestTheReadmeTable -update

check:
	@sh ./internal/archtest/check.sh

# The longest packages begin first. SQLite itself, which is C turned into Go, and what draws QR codes are not watched for races: they would take most of the
# time, and they are not ours.
unit:
	go test -race -gcflags='modernc.org/...=-race=false' -gcflags='github.com/boombuler/...=-race=false' -shuffle=on ./web ./auth ./store $$(go list ./... | grep -vE '/(e2e|web|auth|store)$$')

# Most of its time it waits for what takes seconds by itself: more tests at a time than there are cores.
e2e:
	go test -count=1 -parallel 4 ./e2e

screenshots:
	PORTAL_SCREENSHOTS=1 go test -count=1 ./e2e

bench:
	go run ./bench
	go test ./auth -run '^$$' -bench UnknownAddresses -benchtime 100000x

# Static and stripped; portal version says the version and the commit.
build:
	CGO_ENABLED=0 go build -buildvcs=auto -trimpath -ldflags '-s -w' -o bin/portal ./cmd/portal
	@bin/portal version && du -b bin/portal

# Live reload: templ watches the pages, rebuilds, and reloads the browser through its proxy.
dev:
	go tool templ generate -watch -proxy http://127.0.0.1:8080 -cmd 'go run ./cmd/portal'
