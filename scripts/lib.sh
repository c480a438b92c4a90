# shellcheck shell=bash disable=SC2034
# lib.sh: what scripts/run, scripts/test and scripts/stack share: where things are, who the
# servers run as, and how a step is shown. Sourced, never run.
set -eu

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
MODE=${HOB_MODE:-release}
BUILD=$ROOT/build/$MODE

# Settings in the caller's environment would win over the files made here; they may well
# point at somebody's real Hob.
unset "${!HOB_API_@}" "${!HOB_ADMIN_@}" "${!HOB_DB_@}" "${!HOB_REDIS_@}" "${!HOB_AUTH_@}" "${!HOB_CURSOR_@}" \
	"${!HOB_LOG_@}" "${!HOB_DEBUG_@}" "${!HOB_LIMITS_@}" "${!HOB_CORS_@}" "${!HOB_FILES_@}" HOB_CONF

say() { printf '%s\n' "$*"; }
fail() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

now_ms() { printf '%s' "$((${EPOCHREALTIME/[.,]/} / 1000))"; }

# seconds MILLISECONDS: "3.2 s"
seconds() { printf '%d.%d s' "$(($1 / 1000))" "$(($1 % 1000 / 100))"; }

# step WHAT COMMAND...: one line with the time it took; its output only when it fails.
step() {
	local what=$1 started output status=0
	shift
	started=$(now_ms)
	output=$(mktemp)
	printf '  %-44s ' "$what"
	"$@" >"$output" 2>&1 </dev/null || status=$?
	if [ "$status" -eq 0 ]; then
		seconds $(($(now_ms) - started))
		printf '\n'
	else
		printf 'failed\n'
		tail -n 40 "$output" | sed 's/^/    /' >&2
	fi
	rm -f "$output"
	return "$status"
}

# wait_until SECONDS COMMAND...: asks every 50 ms; false when it never became true.
wait_until() {
	local deadline=$(($(now_ms) + $1 * 1000))
	shift
	until "$@"; do
		[ "$(now_ms)" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

short_hash() { printf '%s' "$1" | sha256sum | cut -c1-8; }

# Servers never run as root: AS is put before a command that must be theirs. Commands of
# a normal user run as that user.
servers_user() {
	OWNER=$(id -un)
	AS=()
	[ "$(id -u)" -eq 0 ] || return 0
	OWNER=hob
	getent passwd hob >/dev/null ||
		adduser --quiet --system --group --home /nonexistent --no-create-home hob
	AS=(setpriv --reuid hob --regid hob --init-groups)
}

# May the servers' user get as far as the nearest folder above $1 that exists?
reachable() {
	local folder=$1
	until [ -d "$folder" ]; do folder=$(dirname "$folder"); done
	"${AS[@]}" test -x "$folder"
}

# Sets STATE (data, logs, settings), RUN (sockets, pid files) and what hangs on them.
locate_state() {
	servers_user
	STATE=$(realpath -m "${HOB_STATE:-$ROOT/var}")
	if ! reachable "$STATE"; then
		[ -z "${HOB_STATE:-}" ] || fail "user $OWNER cannot enter HOB_STATE=$STATE"
		STATE=/var/lib/hob-dev/$(short_hash "$ROOT")
	fi
	[[ $STATE =~ ^[A-Za-z0-9_./+-]+$ ]] ||
		fail "spaces and special characters in $STATE will not do: set HOB_STATE"
	# A unix socket's path has at most 107 bytes; the longest name is admin/admin.sock.
	RUN=$STATE/run
	[ ${#RUN} -le 90 ] || RUN=/tmp/hob-$(short_hash "$STATE")
	LOG=$STATE/log
	CONF=$STATE/hob.conf
	# A state keeps the port it was given last.
	PORT=${HOB_PORT:-$(cat "$STATE/port" 2>/dev/null || say 8443)}
	URL=https://127.0.0.1:$PORT
	# Of the catcher of mails: its page, and where it takes them.
	MAIL_PORT=$((PORT + 1))
	SMTP_PORT=$((PORT + 2))
	MAIL_URL=http://127.0.0.1:$MAIL_PORT
}

# A port nobody listens on, nor on the two behind it, for a stack that is thrown away.
free_port() {
	local port
	for _ in {1..50}; do
		port=$((20000 + RANDOM % 10000))
		port_is_free "$port" && port_is_free $((port + 1)) && port_is_free $((port + 2)) && break
	done
	say "$port"
}

port_is_free() { ! (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

own_folder() {
	install -d -m "$1" -o "$OWNER" -g "$(id -gn "$OWNER")" "$2" 2>/dev/null ||
		fail "cannot make $2 for $OWNER: was it made by another user?"
}

# Only what hob_conf wrote into may be dropped again.
is_state() { [ -f "$CONF" ] && grep -q '^# Made at every start' "$CONF"; }

# The folders of the state. Twice is harmless.
make_state() {
	local folder
	[ -d "$STATE" ] || install -d -m 755 "$(dirname "$STATE")"
	# In /tmp somebody else may have been first; install would accept that.
	[ ! -e "$RUN" ] || [ "$(stat -c %U "$RUN")" = "$OWNER" ] ||
		fail "$RUN belongs to $(stat -c %U "$RUN"), not to $OWNER"
	own_folder 755 "$STATE"
	for folder in "$RUN" "$RUN/admin" "$LOG" "$STATE/nginx" "$STATE/redis" "$STATE/files"; do
		own_folder 750 "$folder"
	done
	for folder in bin tls share share/account share/admin share/api share/api/docs; do
		own_folder 755 "$STATE/$folder"
	done
}

build() { make --no-print-directory -C "$ROOT" -j"$(nproc)" MODE="$MODE" all; }

# npm_ci FOLDER: what its package-lock.json names, unless it is there already. Packages run
# nothing of their own while they are installed.
npm_ci() {
	local installed=$1/node_modules/.installed
	cmp -s "$1/package-lock.json" "$installed" && return
	(cd "$1" && npm ci --ignore-scripts --no-audit --no-fund) || return 1
	cp "$1/package-lock.json" "$installed"
}

# The pages at /account.
put_pages() {
	local file
	install -m 644 "$ROOT/app/pages/"account.* "$STATE/share/account"
	for file in "$ROOT"/app/pages/*.html; do
		[ "${file##*/}" != layout.html ] || continue
		"$ROOT/scripts/page" "$file" | install -m 644 /dev/stdin "$STATE/share/account/${file##*/}" || return
	done
}

# The admin panel at /admin. Its files have names that change with what is in them: those of yesterday go.
put_panel() {
	make --no-print-directory -C "$ROOT" panel || return 1
	rm -rf "$STATE/share/admin/assets"
	(umask 022 && cp -r "$ROOT/build/panel/." "$STATE/share/admin")
}

# The pages at /api/docs, made where nginx serves them. Needs npm until what makes them is there once.
make_docs() { "$ROOT/scripts/docs" "$STATE/share/api/docs"; }
