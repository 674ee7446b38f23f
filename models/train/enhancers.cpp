// SPDX-License-Identifier: Apache-2.0
#include "models/train/enhancers.hpp"

#ifdef IQT_WITH_TORCH
#include "models/nets/torch_enhancer.hpp"
#endif

namespace iqt::models::train {

Result<std::unique_ptr<Enhancer>> make_enhancer(const Package& package,
                                                [[maybe_unused]] const DeviceOptions& options) {
    if (package.info.architecture == "cubic") return make_cubic_enhancer(package);
#ifdef IQT_WITH_TORCH
    return nets::make_torch_enhancer(package, options);
#else
    return fail(ErrorKind::NotSupported, "this build cannot run learned models",
                package.folder.string(), "build with -DIQT_WITH_TORCH=ON");
#endif
}

}  // namespace iqt::models::train
