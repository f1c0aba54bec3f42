#!/bin/sh
# What needs no test runner: generated pages are up to date, everything is formatted, vetted, linted and tidy.
set -eu
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp web/templates/*_templ.go "$before"
go tool templ generate -path web/templates >/dev/null 2>&1
for file in web/templates/*_templ.go; do
  cmp -s "$file" "$before/$(basename "$file")" || { echo "$file was not up to date: run make generate and commit it" >&2; exit 1; }
done
unformatted=$(gofmt -l $(find . -name '*.go' -not -name '*_templ.go' -not -path './data/*'))
[ -z "$unformatted" ] || { echo "gofmt would change: $unformatted" >&2; exit 1; }
go vet ./...
go tool -modfile=internal/lint/golangci.mod golangci-lint run
go mod tidy -diff
