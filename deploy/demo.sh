#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One series through the whole node: a 64 mT-like Enhanced MR series made from Colin27 goes to a real PACS
# (Orthanc), from there to iqt-node, and the results come back. Writes side-by-side pictures to demo-out/.
#   deploy/demo.sh           build, run, judge, clean up
#   deploy/demo.sh --keep    leave PACS and node running until Ctrl-C
set -euo pipefail
cd "$(dirname "$0")/.."
keep=no
case "${1:-}" in
    --keep) keep=yes ;;
    "") ;;
    *) echo "usage: deploy/demo.sh [--keep]" >&2; exit 2 ;;
esac

say() { printf '\n== %s\n' "$*"; }
die() { echo "demo: $*" >&2; exit 1; }
# A port that nobody listens on now; the demo talks to loopback only.
free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen=>1,LocalAddr=>"127.0.0.1",LocalPort=>0)->sockport'; }

say "packages and build"
deploy/setup_dev.sh
export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER:-ccache}"
cmake --preset dev >/dev/null
cmake --build build/dev --target iqt-node iqt-worker iqt-train >build/dev/demo-build.log 2>&1 || { tail -n 40 build/dev/demo-build.log; exit 1; }
bin=$PWD/build/dev
node=$bin/server/iqt-node
train=$bin/models/train/iqt-train

work=$(mktemp -d)
out=$PWD/demo-out
mkdir -p "$out"
pids=()
finish() {
    status=$?
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    [ $status -eq 0 ] || { echo "demo: failed; the node's last log lines:"; tail -n 20 "$work/node.log" 2>/dev/null || true; }
    rm -rf "$work"
}
trap finish EXIT
export TCP_NODELAY=1   # DCMTK's tools: without it every response waits for a delayed acknowledgement

say "PACS and node on free loopback ports"
pacs_http=$(free_port) pacs_dicom=$(free_port)
node_dicom=$(free_port) node_http=$(free_port)
mkdir -p "$work/pacs" "$work/data"
cat >"$work/orthanc.json" <<JSON
{ "Name": "DEMOPACS", "StorageDirectory": "$work/pacs", "IndexDirectory": "$work/pacs", "Plugins": [],
  "HttpPort": $pacs_http, "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
  "DicomAet": "DEMOPACS", "DicomCheckCalledAet": true, "DicomPort": $pacs_dicom,
  "DicomAlwaysAllowEcho": true, "DicomAlwaysAllowStore": true,
  "DicomModalities": { "node": { "AET": "IQTNODE", "Host": "127.0.0.1", "Port": $node_dicom } } }
JSON
cat >"$work/node.json" <<JSON
{ "node": { "data_dir": "$work/data" },
  "dicom": { "address": "127.0.0.1", "port": $node_dicom,
             "allowed_peers": [ { "ae_title": "DEMOPACS", "address": "127.0.0.1/32" } ] },
  "destinations": { "pacs": { "ae_title": "DEMOPACS", "address": "127.0.0.1", "port": $pacs_dicom } },
  "routes": [ { "name": "brain", "outputs": [ "enhanced", "warning", "input_on_grid" ], "destinations": [ "pacs" ] } ],
  "http": { "port": $node_http } }
JSON
PATH=$PATH:/usr/sbin Orthanc "$work/orthanc.json" >"$work/orthanc.log" 2>&1 &
pids+=($!)
"$node" check-config "$work/node.json" >/dev/null
"$node" serve --config "$work/node.json" >"$work/node.log" 2>&1 &
pids+=($!)
pacs() { curl -fsS --max-time 60 "http://127.0.0.1:$pacs_http$1" "${@:2}"; }
for _ in $(seq 120); do
    pacs /system >/dev/null 2>&1 && curl -fsS "http://127.0.0.1:$node_http/readyz" >/dev/null 2>&1 && break
    sleep 0.5
done
curl -fsS "http://127.0.0.1:$node_http/readyz" >/dev/null || die "the node did not become ready"
"$node" echo --config "$work/node.json"

say "a 64 mT-like T1 series from Colin27 (Debian's mricron-data)"
"$train" simulate /usr/share/mricron/templates/ch2.nii.gz "$work/source" --format dicom-enhanced \
    --contrast T1 --in-plane-mm 1.6 --slice-mm 5 --snr 18 --seed 1
find "$work/source" -name '*.dcm' | sort
storescu -R -nh -aet DEMOPACS -aec DEMOPACS +sd +r 127.0.0.1 "$pacs_dicom" "$work/source" || die "the PACS refused the series"
pacs /tools/find -d '{"Level":"Series","Query":{}}' | tr -d '[]" ,\n' >"$work/series.id"
pacs "/modalities/node/store" -d "{\"Resources\":[\"$(cat "$work/series.id")\"],\"Synchronous\":true}" >/dev/null

say "waiting for the results in the PACS"
for second in $(seq 300); do
    state=$(curl -fsS "http://127.0.0.1:$node_http/api/v1/jobs" | grep -o '"state": *"[a-z]*"' | head -n1 | cut -d'"' -f4)
    printf '\r   %3d s  job is %-12s' "$second" "$state"
    case "$state" in delivered) break ;; declined | dead | cancelled) break ;; esac
    sleep 1
done
echo
[ "$state" = delivered ] || die "the job ended as '$state'"
curl -fsS "http://127.0.0.1:$node_http/api/v1/jobs" >"$out/jobs.json"

say "judging every object that came back"
deploy/fetch_series.sh "http://127.0.0.1:$pacs_http" "$work/got"
errors=0 objects=0
while read -r file; do
    objects=$((objects + 1))
    # The verdict is kept whole first: grep in a pipe would end dciodvfy by SIGPIPE at the first hit.
    verdict=$(dciodvfy "$file" 2>&1) || true
    [ -n "$verdict" ] || die "dciodvfy said nothing about $file"
    if grep '^Error' <<<"$verdict" >"$work/found"; then
        errors=$((errors + 1))
        head -n 3 "$work/found"
    fi
done < <(find "$work/got" -name '*.dcm' ! -path '*/source/*')
echo "dciodvfy: $objects objects, $errors with errors"
[ "$objects" -gt 0 ] || die "no result came back"
[ "$errors" -eq 0 ] || die "dciodvfy found errors"

say "pictures"
rm -f "$out"/*.png
"$node" preview "$work/got/source" "$work/got/enhanced" "$work/got/warning" "$out"
ls "$out"
echo "demo: done. Look at $out/*.png: input, enhanced, warning map, same window."

if [ $keep = yes ]; then
    echo "PACS: http://127.0.0.1:$pacs_http   node: http://127.0.0.1:$node_http/api/v1/status   (Ctrl-C ends both)"
    wait "${pids[1]}"
fi
