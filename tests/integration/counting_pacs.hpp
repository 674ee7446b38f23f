// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

namespace iqt::integration {

/// What a destination was sent under one SOP Instance UID.
struct Stores {
    int requests = 0;              ///< C-STORE requests that came with their whole data set
    std::set<std::size_t> pixels;  ///< digests of the pixel data they brought
};

/// A Storage SCP for any SOP class of the node's outputs, on a thread of its own: counts what it is
/// sent, and answers a request of the test's choice only when it is told to. One association at a
/// time.
class CountingPacs {
  public:
    CountingPacs();
    ~CountingPacs();
    int port() const;
    /// Leaves one request unanswered: that which follows `further` other ones.
    void hold_after(int further);
    /// SOP Instance UID of the request that waits for its answer; empty: none does.
    std::string held() const;
    /// Answers the held request, if its sender is still there.
    void release();
    std::map<std::string, Stores> stores() const;

  private:
    class Scp;
    std::unique_ptr<Scp> scp_;
};

}  // namespace iqt::integration
