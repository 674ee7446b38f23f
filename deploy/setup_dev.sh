#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian bookworm packages that building, testing and the demo need. Idempotent.
#   deploy/setup_dev.sh              everything
#   deploy/setup_dev.sh --no-torch   without LibTorch (then build with -DIQT_WITH_TORCH=OFF)
set -euo pipefail

build=(build-essential cmake ninja-build pkg-config ccache git ca-certificates
    libboost-dev libcairo2-dev libcli11-dev libdcmtk-dev libexpected-dev libnifti-dev libnifti2-dev
    libspdlog-dev libsqlite3-dev libsqlitecpp-dev libssl-dev nlohmann-json3-dev prometheus-cpp-dev
    fonts-dejavu-core)
torch=(libtorch-dev)
check=(clang clang-format clang-tidy libclang-rt-14-dev libgtest-dev libgmock-dev
    libbenchmark-dev librapidcheck-dev dcmtk dicom3tools dcm2niix orthanc mricron-data python3-pydicom curl sqlite3)

packages=("${build[@]}" "${check[@]}")
[ "${1:-}" = "--no-torch" ] || packages+=("${torch[@]}")

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    echo "setup_dev: all ${#packages[@]} packages are installed"
    exit 0
fi
echo "setup_dev: installing ${missing[*]}"
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 "${missing[@]}" >/dev/null
# Debian's orthanc starts as a service where there is an init system; development needs only the program.
if [ -d /run/systemd/system ]; then "${as_root[@]}" systemctl disable --now orthanc >/dev/null 2>&1 || true; fi
echo "setup_dev: done"
