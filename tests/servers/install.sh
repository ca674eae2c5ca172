#!/bin/sh
# Puts the servers that the tests can use on a Debian machine; needs root. Cyrus is unpacked beside the project, since its
# package conflicts with Dovecot's. What cannot be had is left out: its tests then say so and are skipped.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
prefix=${RESPONDER_TEST_SERVERS:-$here/.servers}
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
[ -x /usr/sbin/dovecot ] || apt-get install -y -qq --no-install-recommends dovecot-imapd
# Two mail programs that the tests drive in a pseudo-terminal.
command -v neomutt >/dev/null && command -v mutt >/dev/null || apt-get install -y -qq --no-install-recommends neomutt mutt
if [ ! -x "$prefix/cyrus/usr/lib/cyrus/bin/imapd" ]; then
    apt-get install -y -qq --no-install-recommends sasl2-bin libsasl2-modules libsasl2-modules-db
    # Its libraries, without itself and without a mail server to send by.
    # shellcheck disable=SC2046
    apt-get install -y -qq --no-install-recommends $(apt-cache depends cyrus-common cyrus-imapd | sed -n 's/^  Depends: \(lib[^ <]*\)$/\1/p' | sort -u)
    mkdir -p "$prefix/cyrus"
    download=$(mktemp -d)
    chmod 755 "$download"
    (cd "$download" && apt-get download -qq cyrus-common cyrus-imapd && for deb in *.deb; do dpkg -x "$deb" "$prefix/cyrus"; done)
    rm -rf "$download"
fi
if command -v npm >/dev/null && [ ! -d "$prefix/npm/node_modules/hoodiecrow-imap" ]; then
    mkdir -p "$prefix/npm" && cd "$prefix/npm" && npm install --no-audit --no-fund --silent hoodiecrow-imap@2.1.0
fi
exit 0
