// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/package.hpp"
#include "pipeline/core/ports.hpp"
#include "pipeline/core/result.hpp"

namespace iqt::server {

/// Makes the enhancer of a learned package; empty in programs that were built without networks.
using MakeLearned = std::function<Result<std::unique_ptr<Enhancer>>(const models::Package&)>;

/// The installed packages, and their enhancers once they have been asked for. One thread.
class ModelShelf {
  public:
    /// Reads all packages below `folder`; broken ones are logged and left out.
    ModelShelf(const std::filesystem::path& folder, MakeLearned make_learned);
    ModelShelf(models::PackageList list, MakeLearned make_learned);

    const std::vector<models::Package>& packages() const { return packages_; }

    /// Id of the package for a contrast among those that this program can run: `preferred` where
    /// it covers the contrast, else a learned one, else cubic; the first by id, of its newest
    /// version. Empty: none.
    std::string choose(Contrast contrast, const std::string& preferred) const;

    /// The enhancer of a package, made at its first use and kept; owned by the shelf. Errors:
    /// Config (no such package installed), NotSupported (a learned one without networks), Corrupt
    /// (its self-test failed), and those of the package.
    Result<Enhancer*> enhancer(const std::string& id);

  private:
    const models::Package* find(const std::string& id) const;

    std::vector<models::Package> packages_;
    MakeLearned make_learned_;
    std::map<std::string, std::unique_ptr<Enhancer>> enhancers_;
};

}  // namespace iqt::server
