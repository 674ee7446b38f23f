// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

/// What the shim (fault_shim.cpp) is told: one page of memory that it shares with the test that
/// makes the faults, by a file that both have mapped.
namespace iqt::faults {

/// What happens to a file operation below the data folder.
enum class Fault : std::int32_t {
    None,
    ShortWrite,   ///< half of the bytes are written, the rest is for the caller to write
    TornWrite,    ///< half of the bytes are written, then the disk is full
    WriteEio,     ///< nothing is written, EIO
    WriteEnospc,  ///< nothing is written, ENOSPC
    SyncEio,      ///< fsync or fdatasync fails with EIO
    RenameEio,
    TruncateEio,
    KillBefore,  ///< SIGKILL before a sync, rename, truncation or removal
    KillAfter,   ///< SIGKILL right after one
    KillWriting  ///< SIGKILL after half of the bytes of a write
};

enum class Program : std::int32_t { Any, Node, Worker };

/// A fault hits the operations numbered [skip, skip + times) of those that it concerns, counted
/// from when it was armed. All numbers are of this kind of operation, of the chosen program.
struct Control {
    std::atomic<std::int32_t> fault{0};    ///< a Fault
    std::atomic<std::int32_t> program{0};  ///< a Program
    std::atomic<std::int64_t> skip{0};
    std::atomic<std::int64_t> times{0};  ///< negative: for good
    std::atomic<std::int64_t> seen{0};   ///< operations since it was armed
    std::atomic<std::int64_t> fired{0};
    std::atomic<std::int64_t> wall_offset_ms{0};  ///< added to CLOCK_REALTIME
};

}  // namespace iqt::faults

/// Without LD_PRELOAD: a program that is linked with the shim names the control and the folder
/// (canonical) itself. The shim keeps the pointer.
extern "C" void iqt_fault_use(iqt::faults::Control* control, const char* folder);
