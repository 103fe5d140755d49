#!/bin/sh
# Installs allswell from this checkout as a service of this machine, or takes it away again. Run it again after
# `git pull` to bring the service up to date; settings and data stay. docs/running/systemd.md tells more.
set -eu

usage() {
  cat <<'TEXT'
Usage: packaging/install.sh [options]
  --destdir DIR    install below DIR instead of / (no user is made, nothing is started)
  --copy-modules   take node_modules from this checkout instead of asking the npm registry
  --no-start       do not enable or start the service
  --uninstall      stop the service and remove the program; settings and data stay
  --purge          with --uninstall: remove settings, data and user as well
  --help           this text
Where things go: /opt/allswell (program), /etc/allswell/allswell.env (settings), /var/lib/allswell (data),
/etc/systemd/system/allswell.service, /usr/local/bin/allswell (command).
TEXT
}

say() { printf '%s\n' "$*"; }
refuse() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

destdir='' copy_modules=no start=yes action=install purge=no
while [ $# -gt 0 ]; do
  case $1 in
  --destdir)
    [ $# -ge 2 ] || refuse '--destdir needs a folder'
    destdir=${2%/}
    [ -n "$destdir" ] || refuse '--destdir must not be /'
    shift
    ;;
  --copy-modules) copy_modules=yes ;;
  --no-start) start=no ;;
  --uninstall) action=uninstall ;;
  --purge) purge=yes ;;
  --help)
    usage
    exit 0
    ;;
  *)
    usage >&2
    exit 2
    ;;
  esac
  shift
done
case $destdir in '' | /*) ;; *) destdir=$PWD/$destdir ;; esac
[ "$purge" = no ] || [ "$action" = uninstall ] || refuse '--purge goes with --uninstall'

user=allswell
checkout=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
program=$destdir/opt/allswell
settings_dir=$destdir/etc/allswell
settings=$settings_dir/allswell.env
data=$destdir/var/lib/allswell
cache=$destdir/var/cache/allswell
unit=$destdir/etc/systemd/system/allswell.service
command=$destdir/usr/local/bin/allswell

# Below another root nothing of this machine is touched: no users, no services.
here=no
if [ -z "$destdir" ]; then
  here=yes
  [ "$(id -u)" = 0 ] || refuse 'run it as root (or with --destdir DIR to have a look)'
fi
systemd=no
if [ "$here" = yes ] && [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then systemd=yes; fi

# exists KIND NAME: whether the system knows this user or group.
exists() { getent "$1" "$2" >/dev/null 2>&1; }

make_user() {
  if exists passwd "$user"; then return; fi
  nologin=/usr/sbin/nologin
  [ -x "$nologin" ] || nologin=/bin/false
  command -v useradd >/dev/null 2>&1 || refuse "useradd is not here: make a system user $user first"
  useradd --system --user-group --home-dir /var/lib/allswell --no-create-home --shell "$nologin" "$user"
  say "made the user $user"
}

# own MODE OWNER PATH: here root and the service's user own things; below another root whoever runs this does.
own() {
  chmod "$1" "$3"
  if [ "$here" = yes ]; then chown "$2" "$3"; fi
}

install_modules() {
  if [ "$copy_modules" = yes ]; then
    [ -d "$checkout/node_modules" ] || refuse 'there is no node_modules in this checkout: run npm ci first'
    mkdir "$1/node_modules"
    cp -RP "$checkout/node_modules/." "$1/node_modules"
    return
  fi
  command -v npm >/dev/null 2>&1 || refuse 'npm is not here: install it, or use --copy-modules'
  # All of them first: those that the server does without build the dashboard.
  (cd "$1" && npm ci --no-audit --no-fund --loglevel=error &&
    npm prune --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error) ||
    refuse 'npm ci failed; what was installed before is untouched'
}

# Of web/ the service needs what was built of it: by npm ci, or here, or before in the checkout that lends node_modules.
install_dashboard() {
  if [ "$copy_modules" = yes ] && [ -d "$1/node_modules/vite" ]; then
    (cd "$1" && PATH="$1/node_modules/.bin:$PATH" node web/build.ts) || refuse 'the dashboard could not be built'
  elif [ "$copy_modules" = yes ]; then
    cp -RP "$checkout/web/dist" "$1/web/dist" 2>/dev/null || true
  fi
  [ -f "$1/web/dist/index.html" ] || refuse 'there is no dashboard (web/dist) in this checkout: run npm ci first'
  mv "$1/web/dist" "$1/pages"
  rm -rf "$1/web"
  mkdir "$1/web"
  mv "$1/pages" "$1/web/dist"
}

# The same choice that bin/allswell makes at every start.
has_node() {
  for node in "$1/node_modules/.bin/node" "$(command -v node || true)"; do
    [ -x "$node" ] || continue
    major=$("$node" -p 'process.versions.node.split(".")[0]' 2>/dev/null) || continue
    if [ "$major" -ge 26 ]; then return 0; fi
  done
  return 1
}

# The new program is made ready beside the old one and takes its place in one move.
install_program() {
  new=$program.new
  rm -rf "$new" "$program.old"
  trap 'rm -rf "$new"' EXIT
  mkdir -p "$new"
  for part in bin src docs web package.json package-lock.json LICENSE README.md CHANGELOG.md; do
    cp -RP "$checkout/$part" "$new/$part"
  done
  rm -rf "$new/web/dist"
  install_modules "$new"
  install_dashboard "$new"
  # Everybody may read it and nobody but root may write it, whatever the umask was.
  chmod -R u=rwX,go=rX "$new"
  if [ "$here" = yes ]; then chown -R root:root "$new"; fi
  has_node "$new" || refuse 'allswell needs Node.js 26 or newer, and neither npm nor this machine has it'
  if [ -d "$program" ]; then mv "$program" "$program.old"; fi
  mv "$new" "$program"
  rm -rf "$program.old"
}

install_settings() {
  mkdir -p "$settings_dir"
  own 0755 root:root "$settings_dir"
  if [ -f "$settings" ]; then
    say "kept $settings"
  else
    cp "$checkout/packaging/allswell.env" "$settings"
    say "wrote $settings"
  fi
  own 0640 "root:$user" "$settings"
}

install_command() {
  mkdir -p "${command%/*}"
  cat >"$command" <<'TEXT'
#!/bin/sh
# The allswell command with the settings of the service. Written by packaging/install.sh.
ALLSWELL_DATA=${ALLSWELL_DATA:-/var/lib/allswell}
ALLSWELL_ENV_FILE=/etc/allswell/allswell.env
export ALLSWELL_DATA ALLSWELL_ENV_FILE
exec /opt/allswell/bin/allswell "$@"
TEXT
  own 0755 root:root "$command"
}

install_unit() {
  mkdir -p "${unit%/*}"
  cp "$checkout/packaging/allswell.service" "$unit"
  own 0644 root:root "$unit"
}

make_data() {
  for folder in "$data" "$cache"; do
    mkdir -p "$folder"
    own 0700 "$user:$user" "$folder"
  done
}

start_service() {
  if [ "$here" = no ]; then
    say "installed below $destdir; user, owners and service are left to whoever uses it as a root"
  elif [ "$systemd" = no ]; then
    say 'systemd does not run here, so nothing was started. Start it by hand, as the user allswell:'
    say '  su -s /bin/sh allswell -c "allswell serve"'
  elif [ "$start" = no ]; then
    systemctl daemon-reload
    say 'not started: systemctl enable --now allswell'
  else
    systemctl daemon-reload
    systemctl enable --quiet allswell
    systemctl restart allswell
    say 'started; its first words (with the one-time link, the first time): journalctl -u allswell -n 30'
  fi
}

install() {
  if [ "$here" = yes ]; then make_user; fi
  install_program
  install_settings
  install_command
  install_unit
  make_data
  say "installed $program"
  start_service
}

uninstall() {
  if [ "$systemd" = yes ] && [ -f "$unit" ]; then systemctl disable --now --quiet allswell || say 'it did not run'; fi
  rm -rf "$program" "$program.new" "$program.old" "$cache"
  rm -f "$unit" "$command"
  if [ "$systemd" = yes ]; then systemctl daemon-reload; fi
  if [ "$purge" = no ]; then
    say "removed the program; settings in $settings_dir and data in $data stay (--purge removes them too)"
    return
  fi
  rm -rf "$settings_dir" "$data"
  if [ "$here" = yes ] && exists passwd "$user"; then
    if command -v userdel >/dev/null 2>&1; then userdel "$user"; else deluser "$user"; fi
  fi
  say 'removed the program, its settings, its data and its user'
}

"$action"
