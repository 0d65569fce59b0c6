#!/usr/bin/env bash
# Executes the Dockerfile's stages without a container engine, then starts the result as its user, asks for its health and for a retrain.
#   sudo deploy/check.sh [IMAGE]        training, search or cuda, as the Dockerfile's argument
# Each stage runs in a root of its own: this machine's file system, read-only, under a temporary folder that takes the stage's changes.
# So this machine, which needs the .NET 10 SDK and npm, takes the place of every base image. All other lines are executed as written, on a
# clean checkout of HEAD.
set -euo pipefail
cd "$(dirname "$0")/.."
image=${1:-training}
target=service
if [ -z "${DML_CHECK_INSIDE:-}" ]; then
  [ "$(id -u)" -eq 0 ] || { echo "Mounting needs root: sudo $0 $*" >&2; exit 2; }
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # Mounts of a namespace of its own end with it, however this ends.
  DML_CHECK_INSIDE=$work unshare --mount --pid --mount-proc --fork --kill-child "$0" "$image"
  exit
fi
work=$DML_CHECK_INSIDE
port=${DML_CHECK_PORT:-5093}

mkdir "$work/context"
git archive HEAD | tar -x -C "$work/context"
# Comments out, continued lines joined, the argument put in.
sed -e '/^[[:space:]]*#/d' "$work/context/Dockerfile" | sed -e ':a' -e '/\\$/N; s/\\\n//; ta' |
  sed -e '/^[[:space:]]*$/d' -e "s/\${IMAGE}/$image/" >"$work/lines"
grep -q " AS for-$image\$" "$work/lines" || { echo "There is no image $image" >&2; exit 2; }

declare -A roots directories environments
stage='' directory=/ user=root variables=() entrypoint='' health=''

wanted() { # wanted STAGE: prints it and every stage that it is made of
  local name=$1
  echo "$name"
  awk -v name="$name" '
    $1 == "FROM" { here = $4; base = $2 }
    here == name && $1 == "FROM" { print base }
    here == name && $1 == "COPY" && match($2, /^--from=/) { print substr($2, 8) }' "$work/lines" |
    while read -r part; do if grep -q "^FROM .* AS $part\$" "$work/lines"; then wanted "$part"; fi; done
}
stages=$(wanted "$target" | sort -u)

begin() { # begin NAME BASE
  stage=$1 directory=${directories[$2]:-/} user=root variables=() entrypoint='' health=''
  directories[$stage]=$directory environments[$stage]=${environments[$2]:-}
  [ -z "${environments[$stage]}" ] || mapfile -t variables <<<"${environments[$stage]}"
  roots[$stage]=$work/$stage/root
  mkdir -p "$work/$stage"/{changes,work,root}
  # A stage that is the base of another passes its changes on as a copy: a folder that is in use by one overlay cannot be under a second.
  [ -z "${roots[$2]:-}" ] || cp -a "$work/$2/changes/." "$work/$stage/changes"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$work/$stage/changes,workdir=$work/$stage/work" "${roots[$stage]}"
  mount --bind /dev "${roots[$stage]}/dev"
  mount -t proc proc "${roots[$stage]}/proc"
  # The images of .NET have this user.
  [[ $2 != mcr.microsoft.com/dotnet/* ]] ||
    chroot "${roots[$stage]}" sh -c 'id app >/dev/null 2>&1 || useradd --uid 1654 --user-group --create-home app'
}

inside() { # inside COMMAND...: in the stage's root, folder, environment
  chroot "${roots[$stage]}" /usr/bin/env "${variables[@]}" sh -c 'cd "$0" && exec "$@"' "$directory" "$@"
}

copy() { # copy WORDS OF COPY...
  local from=$work/context owner=''
  while [[ $1 == --* ]]; do
    case $1 in
      --from=*) from=${roots[${1#--from=}]} ;;
      --chown=*) owner=${1#--chown=} ;;
    esac
    shift
  done
  local destination=${*: -1}
  [[ $destination == /* ]] || destination=$directory/$destination
  local path=${roots[$stage]}$destination
  [ $# -gt 2 ] || [[ $destination == */ ]] && mkdir -p "$path"
  mkdir -p "$(dirname "$path")"
  local source
  for source in "${@:1:$#-1}"; do
    # A folder's content is copied, as Docker does.
    if [ -d "$from/$source" ]; then mkdir -p "$path"; cp -a "$from/$source/." "$path"; else cp -a "$from/$source" "$path"; fi
  done
  [ -z "$owner" ] || chroot "${roots[$stage]}" chown -R "$owner" "${destination%/.}"
}

words_of() { # words_of '["a", "b"]': the words, one a line
  tr -d '[]"' <<<"$1" | tr ',' '\n' | sed 's/^ *//; s/ *$//'
}

while read -r instruction rest; do
  if [ "$instruction" = FROM ]; then
    read -r base _ name <<<"$rest"
    if grep -qx "$name" <<<"$stages"; then echo "== FROM $rest"; begin "$name" "$base"; else stage=''; fi
    continue
  fi
  [ -n "$stage" ] || continue
  echo "== $instruction $rest"
  case $instruction in
    WORKDIR) directory=$rest directories[$stage]=$rest; mkdir -p "${roots[$stage]}$rest" ;;
    ENV)
      mapfile -t -O "${#variables[@]}" variables < <(tr ' ' '\n' <<<"${rest/\$PATH/$PATH}")
      environments[$stage]=$(printf '%s\n' "${variables[@]}")
      ;;
    COPY) read -ra words <<<"$rest"; copy "${words[@]}" ;;
    RUN) inside sh -c "$rest" ;;
    USER) user=$rest ;;
    ENTRYPOINT) entrypoint=$rest ;;
    HEALTHCHECK) health=${rest#*CMD } ;;
    VOLUME | EXPOSE | STOPSIGNAL) ;;
    *) echo "This check does not know $instruction" >&2; exit 1 ;;
  esac
  if [ "$stage" = "$target" ]; then last=("$directory" "$user" "$entrypoint" "$health"); fi
done <"$work/lines"

if [ "$image" = cuda ]; then
  find "${roots[$target]}${last[0]}" -maxdepth 1 -name 'libonnxruntime*' -printf '%f %s bytes\n'
  [ -s "${roots[$target]}${last[0]}/libonnxruntime_providers_cuda.so" ] || { echo "It has no CUDA provider." >&2; exit 1; }
  echo "The image cuda builds; starting it needs a GPU."
  exit
fi
stage=$target directory=${last[0]}
mapfile -t entrypoint < <(words_of "${last[2]}")
mapfile -t health < <(words_of "${last[3]}")
as_user=(setpriv --reuid "${last[1]}" --regid "${last[1]}" --clear-groups env HOME=/tmp "Urls=http://127.0.0.1:$port" Demo__Import=false)
echo "== starting ${entrypoint[*]} as ${last[1]}"
# With exec, so that the service is the process whose user is read and that gets the signal.
(exec chroot "${roots[$stage]}" /usr/bin/env "${variables[@]}" sh -c 'cd "$0" && exec "$@"' "$directory" \
  "${as_user[@]}" "${entrypoint[@]}") >"$work/log" 2>&1 &
service=$!
for ((i = 0; i < 60; i++)); do
  sleep 1
  if answer=$(inside "${as_user[@]}" "${health[@]}" 2>/dev/null); then break; fi
done
[ -n "${answer:-}" ] || { echo "The health check never succeeded:" >&2; cat "$work/log" >&2; exit 1; }
echo "health: $answer"
uid=$(awk '/^Uid:/ { print $2 }' "/proc/$service/status")
echo "uid: $uid"
[ "$uid" -ne 0 ] || { echo "It runs as root." >&2; exit 1; }
status=$(curl --silent --show-error --output "$work/answer" --write-out '%{http_code}' --request POST "http://127.0.0.1:$port/retrain")
echo "POST /retrain: $status $(cat "$work/answer")"
if [ "$image" = training ]; then
  [ "$status" -eq 202 ] || { echo "It does not retrain." >&2; exit 1; }
  inside "${as_user[@]}" dotnet training/dml.dll list >"$work/list"
  echo "dml list: $(grep -c . "$work/list") lines, the first: $(grep -m 1 . "$work/list")"
  "$work/context/deploy/tiny-training.sh" "${roots[$stage]}/tmp/tiny"
  chroot "${roots[$stage]}" chown -R "${last[1]}" /tmp/tiny
  directory=/tmp/tiny
  inside "${as_user[@]}" dotnet /app/training/dml.dll train tiny.json --run run >"$work/training" 2>&1 ||
    { cat "$work/training" >&2; exit 1; }
  echo "dml train: $(tail -n 1 "$work/training")"
else
  [ "$status" -eq 503 ] || { echo "It should say that there is no training program." >&2; exit 1; }
fi
kill -TERM "$service"
wait "$service" || { echo "It ended with $? after SIGTERM:" >&2; cat "$work/log" >&2; exit 1; }
echo "The image $image builds, runs as ${last[1]}, answers its health check and ends at SIGTERM."
