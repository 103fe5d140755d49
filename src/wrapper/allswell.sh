#!/bin/sh
# allswell.sh [-t TIME] [-k TIME] NAME-OR-URL command [arguments]
#
# Runs a job and tells allswell when it started, how it ended and the last lines of what it said. For hosts without
# Node.js: any POSIX sh, and curl or wget. The job is started before anything is sent; whatever goes wrong with the
# reports is one line on stderr, and the exit code is the job's own.

# Where reports go when the environment does not say so. A server fills in its own address when it hands this file out.
DEFAULT_PING_URL=''

usage() {
  cat <<'TEXT'
usage: allswell.sh [-t TIME] [-k TIME] NAME-OR-URL command [arguments]
  -t TIME   end the job after that long (90, 90s, 5m, 2h, 1d); the exit code is then 124
  -k TIME   SIGKILL this long after SIGTERM or the time limit (10s)
NAME is a slug with the team's ping key in ALLSWELL_PING_KEY (its value, or file:PATH), or a monitor's own key.
Environment: ALLSWELL_PING_URL (or ALLSWELL_URL), ALLSWELL_PING_KEY, ALLSWELL_NO_OUTPUT=1 to send no output. The first
two may stand in ~/.config/allswell/config, /etc/allswell/run-UID.conf (your number) or /etc/allswell/run.conf.
The job sees ALLSWELL_RUN_ID and ALLSWELL_MONITOR.
TEXT
}

say() { printf 'allswell.sh: %s\n' "$*" >&2; }

# What is sent of each of stdout and stderr.
tail_bytes=30000
# One request at the job's end; it is tried twice.
send_seconds=2
# A start may take longer: the job is not waiting for it.
start_seconds=10

# seconds TIME: prints it in seconds; fails when it is none.
seconds() {
  case $1 in
  *s) set -- "${1%s}" 1 ;;
  *m) set -- "${1%m}" 60 ;;
  *h) set -- "${1%h}" 3600 ;;
  *d) set -- "${1%d}" 86400 ;;
  *) set -- "$1" 1 ;;
  esac
  case $1 in '' | *[!0-9]* | ????????*) return 1 ;; esac
  echo $(($1 * $2))
}

limit='' kill_after=10
while [ $# -gt 0 ]; do
  case $1 in
  -t | -k)
    if ! given=$(seconds "${2:-}"); then
      say "$1 needs a time such as 90s, 5m or 2h; it is left out"
    elif [ "$1" = -t ]; then
      limit=$given
    else
      kill_after=$given
    fi
    shift
    [ $# -eq 0 ] || shift
    ;;
  -h | --help)
    usage
    exit 0
    ;;
  *) break ;;
  esac
done
[ $# -gt 0 ] && ALLSWELL_MONITOR=$1 && shift
[ "${1:-}" = -- ] && shift
if [ $# -eq 0 ]; then
  usage >&2
  exit 2
fi

ALLSWELL_RUN_ID=''
{ read -r ALLSWELL_RUN_ID </proc/sys/kernel/random/uuid || ALLSWELL_RUN_ID=$(uuidgen | tr A-F a-f); } 2>/dev/null
export ALLSWELL_RUN_ID ALLSWELL_MONITOR

# --- the pipes that the output goes through, in memory where there is such a place ---

has() { command -v "$1" >/dev/null 2>&1; }

watched=''
if [ -z "${ALLSWELL_NO_OUTPUT:-}" ] && has tee && has tail && has mkfifo; then
  [ -t 1 ] || watched=out
  [ -t 2 ] || watched="$watched err"
fi
# Files of this run begin with this; nobody can guess it, and nobody else may read them.
place=${TMPDIR:-/dev/shm}
[ -w "$place" ] || place=/tmp
if [ -n "$ALLSWELL_RUN_ID" ]; then
  files=$place/allswell-$ALLSWELL_RUN_ID
else
  files=$(mktemp -d "$place/allswell.XXXXXX" 2>/dev/null)/run || watched=''
fi
if [ -n "$watched" ] && ! mkfifo -m 600 "$files.out" "$files.err" 2>/dev/null; then watched=''; fi

# pass STREAM: what comes through the pipe goes on to stdout at once, and its end to a file. Nothing that ends us or the
# reader of our output ends it: the job would be told.
pass() {
  umask 077
  {
    trap '' HUP INT QUIT TERM PIPE USR1 USR2
    exec tee /dev/fd/4 <"$files.$1" 4>&1 1>&5 5>&- 2>/dev/null
  } | {
    trap '' HUP INT QUIT TERM PIPE USR1 USR2
    exec tail -c "$tail_bytes" >"$files.$1.tail" 5>&- 2>/dev/null
  }
}
# The background has no stdin of its own; the job gets ours.
{ command exec 9<&0; } 2>/dev/null || exec 9</dev/null
tails=''
case $watched in *out*)
  { pass out; } 5>&1 9<&- &
  tails=$!
  ;;
esac
case $watched in *err*)
  { pass err; } 5>&2 9<&- &
  tails="$tails $!"
  ;;
esac

# --- the job, in a session of its own where that can be had ---

session='' defaults=''
has setsid && session=setsid
# What runs in the background of a sh ignores SIGINT and SIGQUIT; newer env can undo that. Else both become SIGTERM.
if env --default-signal=INT true 2>/dev/null; then defaults='env --default-signal=INT,QUIT'; fi

job='' early='' interrupted='' force=''
# hit SIGNAL: to everything that the job started, or to the job alone while it has no group yet.
hit() { kill -"$1" "-$job" 2>/dev/null || kill -"$1" "$job" 2>/dev/null; }

# later SECONDS COMMAND...: does it in the background, and never if that is ended before.
later() {
  {
    trap 'kill "$nap" 2>/dev/null; exit 0' TERM
    sleep "$1" &
    nap=$!
    shift
    wait "$nap"
    "$@"
  } </dev/null >/dev/null 2>&1 9<&- &
}
# shellcheck disable=SC2317 # called by name
end_by_limit() {
  : >"$files.limit"
  hit TERM
  sleep "$kill_after"
  hit KILL
}
forward() {
  interrupted=yes
  signal=$1
  if [ -z "$job" ]; then
    early="$early $signal"
    return
  fi
  case $defaults$signal in INT | QUIT) signal=TERM ;; esac
  hit "$signal"
  if [ "$signal" = TERM ] && [ -z "$force" ]; then
    later "$kill_after" hit KILL
    force=$!
  fi
}
for signal in HUP INT QUIT TERM USR1 USR2; do
  # shellcheck disable=SC2064 # the signal's name is to be put in now
  trap "forward $signal" "$signal"
done

(
  trap - HUP INT QUIT TERM USR1 USR2
  case $watched in *out*) exec >"$files.out" ;; esac
  case $watched in *err*) exec 2>"$files.err" ;; esac
  # shellcheck disable=SC2086 # two words or none
  exec $session $defaults "$@" <&9 9<&-
) &
job=$!
for signal in $early; do forward "$signal"; done
exec 9<&-

# --- from here on the job runs ---

started=$(date +%s)
alarm=''
if [ -n "$limit" ]; then
  later "$limit" end_by_limit
  alarm=$!
fi

# read_settings: what the environment does not say, from the first of these files that is there.
read_settings() {
  for file in "${ALLSWELL_CONFIG:-${XDG_CONFIG_HOME:-${HOME:-}/.config}/allswell/config}" \
    "/etc/allswell/run-$(id -u 2>/dev/null).conf" /etc/allswell/run.conf; do
    if [ -r "$file" ]; then
      while IFS='=' read -r name value; do
        case $name in
        ALLSWELL_PING_URL) ALLSWELL_PING_URL=${ALLSWELL_PING_URL:-$value} ;;
        ALLSWELL_PING_KEY) ALLSWELL_PING_KEY=${ALLSWELL_PING_KEY:-$value} ;;
        esac
      done <"$file"
      return
    fi
    [ -z "${ALLSWELL_CONFIG:-}" ] || return
  done
}
# find_url: sets path and query of the monitor's ping URL; fails when there is none.
find_url() {
  url=$ALLSWELL_MONITOR query=''
  case $url in
  http://* | https://*) ;;
  *)
    read_settings
    base=${ALLSWELL_PING_URL:-${ALLSWELL_URL:-${DEFAULT_PING_URL:-http://localhost:8080}}}
    team=${ALLSWELL_PING_KEY:-}
    case $team in file:*) read -r team <"${team#file:}" 2>/dev/null || team='' ;; esac
    case $url in ????????-????-????-????-????????????) team='' ;; esac
    if [ -n "$team" ]; then
      url=${base%/}/ping/$team/$(slug "$url")
    else
      case $url in *[!A-Za-z0-9_-]*) return 1 ;; esac
      url=${base%/}/ping/$url
    fi
    ;;
  esac
  case $url in *\?*) query="&${url#*\?}" url=${url%%\?*} ;; esac
  path=${url%/}
}
slug() {
  case $1 in
  *[!a-z0-9_-]*) printf '%s' "$1" | tr '[:upper:]' '[:lower:]' | sed 's/[^a-z0-9_-]\{1,\}/-/g; s/^-//; s/-$//' ;;
  *) printf '%s' "$1" ;;
  esac
}

# send SUFFIX FILE KIND: one request. 0: taken; 1: perhaps later; 2: refused, the answer is in $answer.
send() {
  target="$path${1:+/$1}?${ALLSWELL_RUN_ID:+rid=$ALLSWELL_RUN_ID}$query"
  key="${ALLSWELL_RUN_ID:-$$-$started}:$3"
  if has curl; then send_with_curl "$2"; elif has wget; then send_with_wget "$2"; else
    answer='there is neither curl nor wget'
    return 2
  fi
}
send_with_curl() {
  # The address goes through stdin: the list of processes is for everybody to read.
  answer=$(printf 'url = "%s"\n' "$target" | curl -K - -s -m "$send_seconds" -o /dev/null -w '%{http_code}' -X POST \
    -H "Idempotency-Key: $key" -H 'Content-Type: text/plain; charset=utf-8' --data-binary "@$1" 2>/dev/null)
  case $answer in
  2??) return 0 ;;
  408 | 429 | 5?? | 000 | '') return 1 ;;
  *) return 2 ;;
  esac
}
# Only what this wget says that it knows: that of busybox comes in many builds, and some crash on what they do not know.
send_with_wget() {
  answer='no answer'
  knows=$(wget --help 2>&1)
  set -- --header "Idempotency-Key: $key" "$1"
  case $knows in
  *post-file*) set -- "$1" "$2" "--post-file=$3" ;;
  *) set -- "$1" "$2" "--post-data=$(tail -c 8000 "$3")" ;;
  esac
  case $knows in *--tries*) set -- "$@" -t 1 ;; esac
  case $knows in
  *'-T,'* | *'-T SEC'*) wget -q -O /dev/null -T "$send_seconds" "$@" "$target" 2>/dev/null ;;
  *) timeout "$send_seconds" wget -q -O /dev/null "$@" "$target" 2>/dev/null ;;
  esac
}

starter=''
if find_url; then
  {
    send_seconds=$start_seconds
    for nap in 1 3 9 0; do
      send start /dev/null start
      [ $? -eq 1 ] || break
      sleep "$nap"
    done
  } </dev/null >/dev/null 2>&1 &
  starter=$!
fi

# A wait that a signal interrupts answers the signal; the job's own answer comes with the next one.
while :; do
  interrupted=''
  wait "$job"
  answer=$?
  if [ "$answer" -ne 127 ] || [ -z "${code:-}" ]; then code=$answer; fi
  [ -n "$interrupted" ] || break
done
# leave: nothing stays behind. A signal from here on ends the wait for reports, not the job: that is over.
leave() {
  rm -f "$files".*
  [ -n "$ALLSWELL_RUN_ID" ] || rmdir "${files%/run}" 2>/dev/null
  exit "$code"
}
trap leave HUP INT QUIT TERM
trap '' USR1 USR2

# --- the job is over ---

for helper in $alarm $force; do kill "$helper" 2>/dev/null; done
[ -n "$limit" ] && [ -e "$files.limit" ] && code=124

# What the job left in the background may hold its output for days: it goes on being passed, and we go. The start of a
# short job may still be on its way: better that it arrives first, but there is no waiting for a server that is away.
if [ -n "$tails$starter" ]; then
  # shellcheck disable=SC2086 # a list of numbers
  later 1 kill -KILL $tails $starter
  helper=$!
  # shellcheck disable=SC2086
  wait $tails $starter 2>/dev/null
  kill "$helper" 2>/dev/null
fi

# lines STREAM: the end of it, each line with its mark; without the first one if that has lost its beginning.
lines() {
  [ -s "$files.$1.tail" ] || return 0
  first=1
  if [ "$(wc -c <"$files.$1.tail")" -ge "$tail_bytes" ]; then
    echo '… the beginning was cut …'
    [ "$(wc -l <"$files.$1.tail")" -gt 1 ] && first=2
  fi
  sed -n "$first,\$s/^/$1| /p" "$files.$1.tail"
}
write_body() {
  printf 'exit %s after %s s\n' "$code" "$(($(date +%s) - started))"
  [ -n "$limit" ] && [ -e "$files.limit" ] && echo 'stopped by its time limit'
  for stream in $watched; do lines "$stream"; done
}
report_end() {
  body=/dev/null
  (umask 077 && write_body >"$files.body") 2>/dev/null && body=$files.body
  send "$code" "$body" end && return 0
  [ $? -eq 2 ] && return 2
  sleep 1
  send "$code" "$body" end
}
if [ -z "$starter" ]; then
  say "${ALLSWELL_MONITOR}: a name needs the team's ping key in ALLSWELL_PING_KEY; nothing was reported"
else
  report_end || say "the end could not be reported (${answer:-no answer})"
fi
leave
