// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace iqt::fakes {

/// How a destination behaves.
struct ScpScript {
    enum class Request { Accept, RejectForNow, RejectCallingAe, AcceptNoContext, Hang };
    Request request = Request::Accept;
    /// Transfer syntax of accepted contexts; empty: Explicit VR Little Endian.
    std::string transfer_syntax = {};
    /// Status of the n-th C-STORE; the last one stands for the rest; empty: success.
    std::vector<std::uint16_t> statuses = {};
    int drop_after = -1;    ///< connection is closed instead of answering this C-STORE (from 0)
    int silent_after = -1;  ///< this C-STORE is never answered
};

/// A Storage and Verification SCP on a free loopback port that follows a script, one association at
/// a time, on a thread of its own until destroyed. Built on DCMTK, none of the node's code.
class ScriptedScp {
  public:
    explicit ScriptedScp(ScpScript script);
    ~ScriptedScp();
    int port() const;
    struct Stored {
        std::string sop_instance_uid, transfer_syntax;
        std::uint64_t pixel_bytes = 0;
    };
    /// What was received, whatever it was answered.
    std::vector<Stored> stored() const;
    int associations() const;  ///< requests seen
    int contexts() const;      ///< presentation contexts of the last request

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace iqt::fakes
