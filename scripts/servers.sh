# shellcheck shell=bash
# servers.sh: how each server of the stack is set up, started, found and stopped. Needs
# lib.sh and locate_state. Only processes named by our own pid files are ever signalled,
# and only when their command line shows our own paths.

PGBIN=/usr/lib/postgresql/15/bin

# --- processes -----------------------------------------------------------------

# pid_of NAME: its pid, or nothing when it does not run. A zombie has no command line.
pid_of() {
	local file=$RUN/$1.pid pid=''
	case $1 in
	postgres) file=$STATE/pg/postmaster.pid ;;
	api | jobs) file=$RUN/hob-$1.pid ;;
	admin) file=$RUN/admin/hob-admin.pid ;;
	esac
	[ -r "$file" ] || return 0
	read -r pid <"$file" || true
	[[ $pid =~ ^[1-9][0-9]*$ ]] && [ -r "/proc/$pid/cmdline" ] || return 0
	case $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null) in
	*"$STATE"/* | *"$RUN"/*) say "$pid" ;;
	esac
}

is_gone() { [ -z "$(pid_of "$1")" ]; }
is_up() { ! is_gone "$1"; }

# stop_server NAME: asks it to end, waits, and insists in the end.
stop_server() {
	local pid signal=TERM
	pid=$(pid_of "$1")
	[ "$pid" ] || return 0
	[ "$1" != postgres ] || signal=INT	# "fast": does not wait for clients
	kill -s $signal "$pid"
	wait_until 40 is_gone "$1" || kill_server "$1"
}

# The whole server: nginx's workers would outlive their master and keep its port.
kill_server() {
	local pid children=''
	pid=$(pid_of "$1")
	[ "$pid" ] || return 0
	[ "$1" != nginx ] || children=$(cat "/proc/$pid/task/$pid/children")
	# shellcheck disable=SC2086
	kill -s KILL "$pid" $children
	wait_until 5 is_gone "$1"
}

# --- settings ------------------------------------------------------------------

# fill FILE: a template with its @NAMES@ filled in.
fill() {
	local admin=$RUN/admin
	RUN=$RUN ADMIN_RUN=$admin JOBS_RUN=$RUN LOG=$LOG TLS=$STATE/tls SHARE=$STATE/share FILES=$STATE/files TEMP=$STATE/nginx LISTEN=127.0.0.1:$PORT \
		"$ROOT/scripts/fill" "$1"
}

# put FILE: standard input becomes FILE, owned by the servers' user.
# shellcheck disable=SC2016
put() { "${AS[@]}" sh -c 'umask 027; cat >"$1"' put "$1"; }

make_settings() {
	local file
	[ -f "$STATE/tls/cert.pem" ] || step "making a certificate" make_certificate
	[ -f "$STATE/cursor.key" ] || openssl rand -hex 32 | put "$STATE/cursor.key"
	hob_conf | put "$CONF"
	say "$PORT" | put "$STATE/port"
	for file in "$ROOT"/conf/nginx/*.conf; do
		fill "$file" | put "$STATE/nginx/${file##*/}"
	done
}

make_certificate() {
	"${AS[@]}" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 825 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1,DNS:localhost \
		-keyout "$STATE/tls/key.pem" -out "$STATE/tls/cert.pem"
}

# The last line of a key counts, so what stands in hob.local.conf wins.
hob_conf() {
	cat <<-CONF
		# Made at every start; put your own lines into hob.local.conf beside it.
		api.socket = $RUN/api.sock
		api.run_dir = $RUN
		admin.socket = $RUN/admin/admin.sock
		admin.run_dir = $RUN/admin
		db.url = host=$RUN dbname=hob user=hob_api
		db.owner_url = host=$RUN dbname=hob user=hob_owner
		db.jobs_url = host=$RUN dbname=hob user=hob_jobs
		db.staff_url = host=$RUN dbname=hob user=hob_staff
		redis.address = $RUN/redis.sock
		cursor.secret = @$STATE/cursor.key
		log.file = $LOG/hob-api.log
		site.url = $URL
		files.dir = $STATE/files
	CONF
	[ -z "$(pid_of mail)" ] || cat <<-CONF
		mail.server = smtp://127.0.0.1:$SMTP_PORT
		mail.from = Hob <hob@hob.example>
		mail.tls = off
	CONF
	[ ! -f "$STATE/hob.local.conf" ] || cat "$STATE/hob.local.conf"
}

# A copy, so that the servers' user can run it and a new build does not disturb it.
install_programs() {
	install -m 755 "$BUILD/hob" "$BUILD/hob-api" "$BUILD/hob-admin" "$BUILD/hob-jobs" "$BUILD/hob-image" "$STATE/bin"
}

hob() { "${AS[@]}" "$STATE/bin/hob" "$@"; }

# --- PostgreSQL ----------------------------------------------------------------

# A user who can enter the folder of the socket may log in as anyone: that folder is the lock.
init_postgres() {
	"${AS[@]}" "$PGBIN/initdb" -D "$STATE/pg" -U postgres -A trust -E UTF8 \
		--locale=C.UTF-8 --data-checksums --no-sync ||
		{
			rm -rf "$STATE/pg"
			return 1
		}
	put "$STATE/pg/postgresql.auto.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$RUN'
		cluster_name = 'hob'
		max_connections = 200
		shared_buffers = 256MB
		timezone = 'UTC'
		log_timezone = 'UTC'
		${HOB_THROWAWAY:+fsync = off}
	CONF
}

start_postgres() {
	[ -f "$STATE/pg/PG_VERSION" ] || init_postgres || return 1
	# After a kill the last children need a moment to notice; until then it refuses.
	wait_until 10 try_postgres || {
		tail -n 20 "$LOG/postgresql.log"
		return 1
	}
}

# HOB_CLOCK, for tests: a file that says how far its clock is ahead ("+3h"), read at each look.
try_postgres() {
	local clock=()
	[ -z "${HOB_CLOCK:-}" ] || clock=(env LD_PRELOAD=libfaketime.so.1 FAKETIME_TIMESTAMP_FILE="$HOB_CLOCK"
		LD_LIBRARY_PATH="/usr/lib/$(uname -m)-linux-gnu/faketime" FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1)
	"${AS[@]}" "${clock[@]}" "$PGBIN/pg_ctl" -D "$STATE/pg" -l "$LOG/postgresql.log" -s -w -t 30 start \
		>/dev/null 2>&1 </dev/null
}

superuser() { psql -XqAt -v ON_ERROR_STOP=1 -h "$RUN" -U postgres "$@"; }

make_database() {
	superuser -d postgres -f "$ROOT/sql/roles.sql" || return 1
	[ "$(superuser -d postgres -c "SELECT 1 FROM pg_database WHERE datname = 'hob'")" ] ||
		superuser -d postgres -c 'CREATE DATABASE hob OWNER hob_owner' || return 1
	superuser -d hob -f "$ROOT/sql/roles.sql"
}

# --- Redis ---------------------------------------------------------------------

start_redis() {
	put "$STATE/redis/redis.conf" <<-CONF
		port 0
		unixsocket $RUN/redis.sock
		unixsocketperm 770
		maxmemory 64mb
		maxmemory-policy allkeys-lru
		save ""
		appendonly no
		daemonize yes
		pidfile $RUN/redis.pid
		logfile $LOG/redis.log
		dir $STATE/redis
	CONF
	"${AS[@]}" redis-server "$STATE/redis/redis.conf" >/dev/null || return 1
	wait_until 5 redis_answers || {
		tail -n 20 "$LOG/redis.log"
		return 1
	}
}

redis_answers() { [ "$(redis-cli -s "$RUN/redis.sock" ping 2>/dev/null)" = PONG ]; }

# --- the catcher of mails --------------------------------------------------------

# It is not needed: without npm, mails are not sent. A copy, so that the servers' user can run it.
start_mail() {
	local catcher=$STATE/catcher
	command -v npm >/dev/null || [ -d "$ROOT/t/jobs/node_modules" ] || return 1
	npm_ci "$ROOT/t/jobs" || return 1
	own_folder 755 "$catcher"
	cp -r "$ROOT/t/jobs/catcher/." "$ROOT/t/jobs/node_modules" "$catcher" || return 1
	"${AS[@]}" setsid node "$catcher/catcher.mjs" "$RUN/mail.pid" "$SMTP_PORT" "$MAIL_PORT" \
		</dev/null >>"$LOG/mail.err" 2>&1 &
	wait_until 10 up_or_ended mail $! && is_up mail && return
	tail -n 5 "$LOG/mail.err"
	return 1
}

# --- nginx ---------------------------------------------------------------------

nginx_command() {
	"${AS[@]}" /usr/sbin/nginx -p "$STATE/nginx/" -c "$STATE/nginx/nginx.conf" \
		-e "$LOG/nginx.log" "$@"
}

start_nginx() { nginx_command && wait_until 5 is_up nginx; }

# Returns when new connections get the new configuration, and none is about to be closed.
reload_nginx() {
	local former
	nginx_command -t -q || return 1
	former=$(pgrep -d , -P "$(pid_of nginx)") || true
	kill -s HUP "$(pid_of nginx)"
	wait_until 2 are_gone "$former" || true	# a client may keep one longer
}

are_gone() { ! ps -p "$1" >/dev/null 2>&1; }

# --- hob-api, hob-admin and hob-jobs -------------------------------------------

start_api() {
	rm -f "$RUN/api.sock" "$RUN/hob-api.pid"	# of one that was killed
	start_program api
}

# Their logs are their own, so that tests of any find its lines.
start_admin() {
	rm -f "$RUN/admin/admin.sock" "$RUN/admin/hob-admin.pid"
	HOB_LOG_FILE=$LOG/hob-admin.log start_program admin
}

start_jobs() {
	rm -f "$RUN/hob-jobs.pid"
	HOB_LOG_FILE=$LOG/hob-jobs.log start_program jobs
}

start_program() {
	local asan=${ASAN_OPTIONS:-log_path=$LOG/asan}
	ASAN_OPTIONS=$asan "${AS[@]}" setsid "$STATE/bin/hob-$1" -c "$CONF" \
		</dev/null >>"$LOG/hob-$1.err" 2>&1 &
	if ! wait_until 10 up_or_ended "$1" $! || is_gone "$1"; then
		tail -n 10 "$LOG/hob-$1.err"
		tail -n 5 "$LOG/hob-$1.log"
		return 1
	fi
}

# hob-api writes its pid file when the socket listens.
up_or_ended() { is_up "$1" || ! kill -0 "$2" 2>/dev/null; }

# --- all of it -----------------------------------------------------------------

is_ready() { answers_200 readyz && answers_200 api/admin/readyz; }

answers_200() {
	[ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' --cacert "$STATE/tls/cert.pem" "$URL/$1")" = 200 ]
}

wait_ready() { wait_until 20 ready_or_dead && is_ready; }
ready_or_dead() { is_gone api || is_gone admin || is_gone nginx || is_ready; }

# Why it does not answer: the log of the first server that is gone, else hob-api's.
explain() {
	local name log
	for name in postgres redis nginx api admin; do
		log=$LOG/$name.log
		case $name in
		postgres) log=$LOG/postgresql.log ;;
		api | admin) log=$LOG/hob-$name.log ;;
		esac
		is_gone "$name" && break
	done
	say "$URL/readyz does not answer 200. The end of $log:" >&2
	tail -n 15 "$log" "$LOG/hob-api.err" >&2 || true
	return 1
}
