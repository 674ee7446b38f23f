// SPDX-License-Identifier: Apache-2.0
#include "models/nets/threads.hpp"

#include <algorithm>
#include <mutex>

#include <ATen/Parallel.h>
#include <malloc.h>
#include <sched.h>

namespace iqt::models::nets {

void use_threads(int count) {
    if (count <= 0) {
        cpu_set_t allowed;
        count = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
    }
    at::set_num_threads(std::max(1, count));
}

void keep_pages_between_layers() {
    static std::once_flag once;
    std::call_once(once, [] {
        mallopt(M_MMAP_MAX, 0);
        mallopt(M_TRIM_THRESHOLD, 1 << 30);
    });
}

}  // namespace iqt::models::nets
