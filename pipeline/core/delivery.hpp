// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace iqt {

/// Where results go: one Storage SCP.
struct Destination {
    std::string name;  ///< key in the configuration
    std::string ae_title, address;
    int port = 104;
    std::string own_ae_title;  ///< calling AE title of the node
    int timeout_s = 60;        ///< for connecting, for TLS, for ACSE and for each response
    bool tls = false;          ///< with TLS or not at all; the sender has the keys for it
};

/// One stored result file to be sent.
struct OutgoingInstance {
    std::int64_t delivery_id = 0;  ///< row that gets the outcome
    std::string sop_class_uid, sop_instance_uid;
    std::filesystem::path file;
    std::string sha256 = {};  ///< of the file's bytes, hex; empty: they are not compared
};

enum class SendResult {
    Accepted,   ///< 0000 or a warning Bxxx
    Transient,  ///< try again later: A7xx, time-out, no association
    Permanent,  ///< will not be taken: A9xx, Cxxx, 0122, context refused
};

struct SendOutcome {
    std::int64_t delivery_id = 0;
    SendResult result = SendResult::Transient;
    std::uint16_t dimse_status = 0;  ///< 0 where no response came
    std::string message;             ///< for the operator; empty when accepted plainly
};

}  // namespace iqt
