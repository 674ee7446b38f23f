// SPDX-License-Identifier: Apache-2.0
#include "server/worker/commands.hpp"

#ifdef IQT_HAS_TORCH
#include "models/nets/torch_enhancer.hpp"
#endif

namespace iqt::server::worker {

#ifdef IQT_HAS_TORCH
MakeLearned learned_on(const models::DeviceOptions& options) {
    return [options](const models::Package& package) {
        return models::nets::make_torch_enhancer(package, options);
    };
}
#else
MakeLearned learned_on(const models::DeviceOptions&) {
    return {};
}
#endif

}  // namespace iqt::server::worker
