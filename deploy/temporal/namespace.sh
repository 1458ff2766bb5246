#!/bin/sh
# Makes the namespace with the retention and the search attributes that Beckon wants, or corrects them. It may run at any
# time. TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are the Temporal CLI's own variables.
set -eu

retention=30d # how long ended workflows can be looked at

# again repeats a command for a minute: the server answers its health check a little before it takes calls, and learns of a
# new namespace from a cache that it refreshes every few seconds.
again() {
  tries=30
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 2
  done
}

again temporal operator cluster health
if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
  temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
else
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
fi

# Those that exist are left as they are.
again temporal operator search-attribute create --namespace "$TEMPORAL_NAMESPACE" \
  --name BeckonContactStatus --type Keyword \
  --name BeckonWaitingReason --type Keyword
