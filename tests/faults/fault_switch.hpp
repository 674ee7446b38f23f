// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/faults/fault_control.hpp"

namespace iqt::faults {

/// The test's hand on the shim: arms one fault at a time, also while the programs run.
class FaultSwitch {
  public:
    /// Makes the file of the shared control. Throws where it cannot.
    explicit FaultSwitch(const std::filesystem::path& file);
    ~FaultSwitch();
    FaultSwitch(const FaultSwitch&) = delete;
    FaultSwitch& operator=(const FaultSwitch&) = delete;

    /// What a program's environment needs so that faults below `folder` (it exists) reach it and
    /// its children. `shim`: the library's file.
    std::vector<std::string> environment(const std::filesystem::path& shim,
                                         const std::filesystem::path& folder) const;
    /// After `skip` further operations that the fault concerns it hits `times` of them; negative:
    /// all.
    void arm(Fault fault, Program program, std::int64_t skip, std::int64_t times = 1);
    void disarm() { control_->fault = static_cast<std::int32_t>(Fault::None); }
    std::int64_t fired() const { return control_->fired; }
    std::int64_t seen() const { return control_->seen; }
    void set_wall_offset_ms(std::int64_t offset) { control_->wall_offset_ms = offset; }
    Control* control() const { return control_; }

  private:
    std::filesystem::path file_;
    Control* control_ = nullptr;
};

}  // namespace iqt::faults
