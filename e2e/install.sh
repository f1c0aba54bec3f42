#!/bin/sh
# Makes sure that what the tests need beside Go is there: Chromium, PostgreSQL, oathtool, and a C compiler for the race detector. Installs Debian's
# packages where it may, else says what to run.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v oathtool >/dev/null 2>&1 || missing="$missing oathtool"
command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ]; then
  as_root=""
elif sudo -n true 2>/dev/null; then
  as_root="sudo -n"
else
  echo "The tests need$missing. Run: sudo apt-get update && sudo apt-get install -y$missing" >&2
  exit 1
fi
# The tests start servers of their own: the package need not make and start one.
case "$missing" in *postgresql*)
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    $as_root mkdir -p /etc/postgresql-common
    echo "create_main_cluster = false" | $as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi ;;
esac
$as_root apt-get update -q
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
