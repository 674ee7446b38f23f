// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace iqt::integration {

/// What a destination was sent under one SOP Instance UID.
struct Stores {
    int requests = 0;              ///< C-STORE requests that came with their whole data set
    int accepted = 0;              ///< of these, how many were answered with success
    std::set<std::size_t> pixels;  ///< digests of the pixel data they brought
    std::string sop_class_uid, study_uid, series_uid, patient_id;  ///< of the last one
    int number = 0;                                                ///< InstanceNumber
    std::chrono::steady_clock::time_point first{}, last{};         ///< when they came
};

/// A Storage SCP for any SOP class of the node's outputs, on a thread of its own: counts what it is
/// sent, and answers a request of the test's choice only when it is told to. One association at a
/// time.
class CountingPacs {
  public:
    CountingPacs();
    ~CountingPacs();
    int port() const;
    /// Nobody listens on its port from here on; what it was sent is remembered.
    void stop();
    void start();  ///< listens on the same port again
    /// The statuses of the next requests, in turn; success after them.
    void answer(std::vector<std::uint16_t> statuses);
    /// Aborts an association right after the answer to every so manieth request; 0: never.
    void drop_every(int requests);
    /// Leaves one request unanswered: that which follows `further` other ones.
    void hold_after(int further);
    /// SOP Instance UID of the request that waits for its answer; empty: none does.
    std::string held() const;
    /// Answers the held request, if its sender is still there.
    void release();
    std::map<std::string, Stores> stores() const;

  private:
    struct Memory;
    class Scp;
    std::unique_ptr<Memory> memory_;
    std::unique_ptr<Scp> scp_;
};

}  // namespace iqt::integration
