// SPDX-License-Identifier: Apache-2.0
#include "tests/faults/fault_switch.hpp"

#include <new>
#include <stdexcept>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace iqt::faults {

FaultSwitch::FaultSwitch(const std::filesystem::path& file) : file_(file) {
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || ::ftruncate(fd, sizeof(Control)) != 0)
        throw std::runtime_error("cannot make " + file.string());
    void* page = ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (page == MAP_FAILED) throw std::runtime_error("cannot map " + file.string());
    control_ = new (page) Control;
}

FaultSwitch::~FaultSwitch() {
    disarm();
    // The page stays mapped: a shim in this process may still look at it.
}

std::vector<std::string> FaultSwitch::environment(const std::filesystem::path& shim,
                                                  const std::filesystem::path& folder) const {
    return {"LD_PRELOAD=" + shim.string(), "IQT_FAULT_CONTROL=" + file_.string(),
            "IQT_FAULT_FOLDER=" + std::filesystem::canonical(folder).string()};
}

void FaultSwitch::arm(Fault fault, Program program, std::int64_t skip, std::int64_t times) {
    disarm();
    control_->program = static_cast<std::int32_t>(program);
    control_->skip = skip;
    control_->times = times;
    control_->seen = 0;
    control_->fired = 0;
    control_->fault = static_cast<std::int32_t>(fault);
}

}  // namespace iqt::faults
