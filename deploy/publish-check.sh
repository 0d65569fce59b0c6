#!/usr/bin/env bash
# Publishes the service and the training program for every platform and checks the output: the native libraries of that platform and
# of no other, the licences, nothing that is not needed. Starts what this machine can run.
#   deploy/publish-check.sh              every platform
#   deploy/publish-check.sh cuda         the service for NVIDIA GPUs; it is not started
# The ordinary build outputs are not touched. The native libraries come from NuGet and are downloaded once.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
service=''
trap '[ -z "$service" ] || kill "$service" 2>/dev/null || true; rm -rf "$work"' EXIT

fail() {
  echo "publish-check: $*" >&2
  exit 1
}

publish() { # publish PROGRAM PLATFORM PROPERTIES...: into $work/PROGRAM/PLATFORM
  local log=$work/publish.log
  # Into a file: a build server that outlives the build would keep a pipe open.
  dotnet publish "src/$1" -r "$2" --no-self-contained -c Release -o "$work/$1/$2" --artifacts-path "$work/artifacts" \
    -v quiet -nologo -p:RunAnalyzers=false -p:CreateHardLinksForPublishFilesIfPossible=true "${@:3}" >"$log" 2>&1 ||
    { cat "$log" >&2; fail "$1 does not publish for $2"; }
}

megabytes() { # megabytes FOLDER
  echo "$(du -sm "$1" | cut -f1) MB"
}

number() { # number FILE OFFSET BYTES: an unsigned little-endian number
  od -An -v -t "u$3" --endian=little -j "$2" -N "$3" "$1" | tr -d ' '
}

kind() { # kind FILE: the platform that a native file is made for, "managed" for a .NET assembly, nothing for any other file
  local magic
  magic=$(od -An -v -t x1 -N 4 "$1" | tr -d ' ')
  case $magic in
    7f454c46)
      case $(number "$1" 18 2) in 62) echo linux-x64 ;; 183) echo linux-arm64 ;; *) echo linux-other ;; esac
      ;;
    4d5a*)
      local header directories
      header=$(number "$1" 60 4)
      # The fifteenth data directory is .NET's; the 64-bit header is 16 bytes longer before them.
      directories=$((header + 24 + 96))
      [ "$(number "$1" $((header + 24)) 2)" -ne 523 ] || directories=$((directories + 16))
      if [ "$(number "$1" $((directories + 14 * 8)) 4)" -ne 0 ]; then echo managed; return; fi
      case $(number "$1" $((header + 4)) 2) in 34404) echo win-x64 ;; *) echo win-other ;; esac
      ;;
    cffaedfe) if [ "$(number "$1" 4 4)" -eq 16777228 ]; then echo osx-arm64; else echo osx-other; fi ;;
    cafebabe) echo osx-universal ;;
  esac
}

check_formats() { # check_formats FOLDER PLATFORM: no native file of another platform
  local file found
  while read -r file; do
    found=$(kind "$file")
    [ -z "$found" ] || [ "$found" = managed ] || [ "$found" = "$2" ] || fail "${file#"$work/"} is made for $found"
  done < <(find "$1" -type f -size +63c ! -path '*/wwwroot/*' ! -path '*/demo/*')
}

expect() { # expect FOLDER PLATFORM NAME...: native files of this platform
  local name
  for name in "${@:3}"; do
    [ -f "$1/$name" ] || fail "${1#"$work/"} lacks $name"
    [ "$(kind "$1/$name")" = "$2" ] || fail "${1#"$work/"}/$name is not made for $2"
  done
}

expect_files() { # expect_files FOLDER NAME...
  local name
  for name in "${@:2}"; do [ -s "$1/$name" ] || fail "${1#"$work/"} lacks $name"; done
}

library() { # library PLATFORM NAME: the file name of a native library
  case $1 in win-*) echo "$2.dll" ;; osx-*) echo "lib$2.dylib" ;; *) echo "lib$2.so" ;; esac
}

program() { # program PLATFORM NAME
  case $1 in win-*) echo "$2.exe" ;; *) echo "$2" ;; esac
}

vips() { # vips PLATFORM
  case $1 in win-*) echo libvips-42.dll ;; osx-*) echo libvips.42.dylib ;; *) echo libvips.so.42 ;; esac
}

openmp() { # openmp PLATFORM
  case $1 in win-*) echo libiomp5md.dll ;; osx-*) echo libomp.dylib ;; *) echo libgomp-98b21ff3.so.1 ;; esac
}

expect_sbom() { # expect_sbom FOLDER NAME...: libraries with their versions and licences
  local name
  for name in "${@:2}"; do
    grep -A 12 "\"name\": \"$name\"" "$1/sbom.cdx.json" | grep -q '"id": "' || fail "${1#"$work/"}/sbom.cdx.json lacks $name or its licence"
  done
}

check_service() { # check_service PLATFORM
  local folder=$work/Dml.Api/$1
  expect "$folder" "$1" "$(program "$1" Dml.Api)" "$(vips "$1")" "$(library "$1" onnxruntime)" "$(library "$1" e_sqlite3)"
  expect_files "$folder" appsettings.json models/emoji/embedder.onnx models/emoji/model.json models/photo/embedder.onnx \
    models/photo/model.json wwwroot/index.html \
    licenses/LICENSE licenses/THIRD-PARTY-NOTICES.md licenses/onnxruntime/LICENSE licenses/onnxruntime/ThirdPartyNotices.txt \
    licenses/libvips/THIRD-PARTY-NOTICES.md
  expect_sbom "$folder" onnxruntime libvips sqlite libheif Quartz
  if [ -d node_modules/@iconify-json ]; then
    expect_files "$folder" demo/noto/icons.json
  else
    [ ! -e "$folder/demo" ] || fail "there are no drawings, but a folder for them"
  fi
  [ -z "$(find "$folder" -iname '*torch*' ! -path '*/licenses/*')" ] || fail "the service for $1 carries libtorch"
  check_formats "$folder" "$1"
}

check_training() { # check_training PLATFORM
  local folder=$work/Dml.Training/$1 python
  expect "$folder" "$1" "$(program "$1" dml)" "$(library "$1" onnxruntime)" "$(vips "$1")"
  expect_files "$folder" licenses/LICENSE licenses/THIRD-PARTY-NOTICES.md licenses/onnxruntime/LICENSE \
    licenses/libvips/THIRD-PARTY-NOTICES.md
  if [ "$1" = linux-arm64 ]; then
    # NuGet has no libtorch for it.
    [ -z "$(find "$folder" -iname 'lib*torch*' ! -path '*/licenses/*')" ] || fail "libtorch in the training program for $1"
  else
    expect "$folder" "$1" "$(library "$1" torch)" "$(library "$1" torch_cpu)" "$(library "$1" c10)" \
      "$(library "$1" LibTorchSharp)" "$(openmp "$1")"
    expect_files "$folder" licenses/libtorch/LICENSE-LIBTORCH.txt licenses/torchsharp/LICENSE.txt
  fi
  expect_sbom "$folder" onnxruntime libvips TorchSharp
  python=$(find "$folder" -iname '*python*' -o -iname '*_test*')
  [ -z "$python" ] || fail "what only Python or tests need: $python"
  check_formats "$folder" "$1"
}

start_service() { # start_service PLATFORM: from another folder; it must embed a picture and end at SIGTERM
  local folder=$work/Dml.Api/$1 port=$((20000 + RANDOM % 10000)) picture=$PWD/docs/screenshots/import.png answer i
  mkdir -p "$work/elsewhere"
  (cd "$work/elsewhere" && exec "$folder/Dml.Api" "--Urls=http://127.0.0.1:$port" --Data:Folder="$work/data" --Demo:Import=false) \
    >"$work/service.log" 2>&1 &
  service=$!
  for ((i = 0; i < 60; i++)); do
    if answer=$(dotnet "$folder/Dml.Api.dll" health --url "http://127.0.0.1:$port" 2>/dev/null); then break; fi
    kill -0 "$service" 2>/dev/null || { cat "$work/service.log" >&2; fail "the service does not start"; }
    sleep 1
  done
  [ -n "$answer" ] || { cat "$work/service.log" >&2; fail "the service does not become ready"; }
  exec 3<>"/dev/tcp/127.0.0.1/$port"
  printf 'POST /embed HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\nContent-Length: %s\r\nConnection: close\r\n\r\n' \
    "$(stat -c %s "$picture")" >&3
  cat "$picture" >&3
  grep -q '"vector":\[' <&3 || fail "the service does not embed a picture"
  exec 3<&- 3>&-
  kill -TERM "$service"
  wait "$service" || fail "the service ended with $? after SIGTERM"
  service=''
  echo "The service for $1 started from another folder, embedded a picture and ended at SIGTERM."
}

start_training() { # start_training PLATFORM: two epochs on a few pictures, then the export
  local folder=$work/Dml.Training/$1
  deploy/tiny-training.sh "$work/train"
  (cd "$work/train" && "$folder/dml" train tiny.json --run run && "$folder/dml" export run --out embedder) >"$work/train.log" 2>&1 ||
    { cat "$work/train.log" >&2; fail "the training program for $1 does not train"; }
  expect_files "$work/train" embedder/embedder.onnx embedder/model.json
  echo "The training program for $1 trained two epochs and exported the embedder."
}

refuse_training() { # refuse_training PLATFORM: without libtorch it lists methods and says in one sentence why it does not train
  local dml=$work/Dml.Training/$1/dml.dll answer
  dotnet "$dml" list >"$work/list" || fail "dml list fails without libtorch"
  grep -q proxy-anchor "$work/list" || fail "dml list lists nothing"
  if answer=$(cd "$work/train" && dotnet "$dml" train tiny.json --run refused 2>&1 >/dev/null); then
    fail "training without libtorch succeeds"
  fi
  [[ $answer == *"Training runs on linux-x64"* && $(wc -l <<<"$answer") -eq 1 ]] || fail "training without libtorch says: $answer"
  echo "The training program for $1 says: $answer"
}

if [ "${1:-}" = cuda ]; then
  publish Dml.Api linux-x64 -p:OnnxRuntime=cuda
  check_service linux-x64
  expect "$work/Dml.Api/linux-x64" linux-x64 libonnxruntime_providers_cuda.so libonnxruntime_providers_shared.so
  echo "The service for CUDA is published; starting it needs a GPU."
  exit
fi

for platform in linux-x64 linux-arm64 win-x64 osx-arm64; do
  publish Dml.Api "$platform"
  check_service "$platform"
  publish Dml.Training "$platform"
  check_training "$platform"
  echo "$platform: service $(megabytes "$work/Dml.Api/$platform"), training program $(megabytes "$work/Dml.Training/$platform")"
done
if [ "$(uname -sm)" = "Linux x86_64" ]; then
  start_service linux-x64
  start_training linux-x64
  # Managed code is the same on every processor.
  refuse_training linux-arm64
fi
echo "Published and checked: the service and the training program for linux-x64, linux-arm64, win-x64 and osx-arm64."
