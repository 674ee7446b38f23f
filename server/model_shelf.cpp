// SPDX-License-Identifier: Apache-2.0
#include "server/model_shelf.hpp"

#include <algorithm>
#include <utility>

#include <string.h>

#include "models/self_test.hpp"
#include "pipeline/log/log.hpp"

namespace iqt::server {
namespace {

bool is_learned(const models::Package& package) {
    return package.info.architecture != "cubic";
}

bool covers(const models::Package& package, Contrast contrast) {
    const auto& known = package.info.contrasts;
    return std::find(known.begin(), known.end(), contrast) != known.end();
}

// Numbers within a version compare as numbers: 1.10.0 is newer than 1.9.0.
bool is_newer(const std::string& a, const std::string& b) {
    return ::strverscmp(a.c_str(), b.c_str()) > 0;
}

}  // namespace

ModelShelf::ModelShelf(const std::filesystem::path& folder, MakeLearned make_learned)
    : ModelShelf(models::list_packages(folder), std::move(make_learned)) {}

ModelShelf::ModelShelf(models::PackageList list, MakeLearned make_learned)
    : packages_(std::move(list.packages)), make_learned_(std::move(make_learned)) {
    for (const Error& error : list.broken) log::event(log::Level::Error, "model.broken", error);
    std::stable_sort(packages_.begin(), packages_.end(), [](const auto& a, const auto& b) {
        if (a.info.id != b.info.id) return a.info.id < b.info.id;
        return is_newer(a.info.version, b.info.version);
    });
    if (make_learned_) return;
    for (const models::Package& package : packages_)
        if (is_learned(package))
            log::event(log::Level::Warn, "model.not_supported",
                       {{"model", package.info.id},
                        {"what", "this program was built without networks (IQT_WITH_TORCH=OFF)"}});
}

const models::Package* ModelShelf::find(const std::string& id) const {
    const auto found = std::find_if(packages_.begin(), packages_.end(),
                                    [&](const auto& package) { return package.info.id == id; });
    return found == packages_.end() ? nullptr : &*found;
}

std::string ModelShelf::choose(Contrast contrast, const std::string& preferred) const {
    const models::Package* learned = nullptr;
    const models::Package* plain = nullptr;
    for (const models::Package& package : packages_) {
        if (!covers(package, contrast)) continue;
        if (is_learned(package) && !make_learned_) continue;
        if (package.info.id == preferred) return preferred;
        const models::Package*& slot = is_learned(package) ? learned : plain;
        if (slot == nullptr) slot = &package;
    }
    if (learned != nullptr) return learned->info.id;
    return plain != nullptr ? plain->info.id : std::string();
}

Result<Enhancer*> ModelShelf::enhancer(const std::string& id) {
    if (const auto made = enhancers_.find(id); made != enhancers_.end()) return made->second.get();
    const models::Package* package = find(id);
    if (package == nullptr)
        return fail(ErrorKind::Config, "no model package of this id is installed", id,
                    "see `iqt-node models list`; correct the route or install the package");
    std::unique_ptr<Enhancer> made;
    if (!is_learned(*package)) {
        made = models::make_cubic_enhancer(*package);
    } else if (!make_learned_) {
        return fail(ErrorKind::NotSupported,
                    "this is a learned model, and this program was built without networks", id,
                    "use a build with IQT_WITH_TORCH=ON, or the cubic package");
    } else {
        auto learned = make_learned_(*package);
        if (!learned) return fail(learned.error());
        made = *std::move(learned);
    }
    if (auto passed = models::self_test(*made, *package); !passed) return fail(passed.error());
    return (enhancers_[id] = std::move(made)).get();
}

}  // namespace iqt::server
