// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/net/socket.hpp"

namespace iqt::dicom::net {

/// A DICOM peer down at the bytes, to say what a library would not. Reads are bounded by 30 s.
class RawPeer {
  public:
    /// Connects to the loopback.
    explicit RawPeer(int port);

    /// Sends an A-ASSOCIATE-RQ with MR Image Storage, Explicit VR Little Endian, as context 1.
    void request_association(std::string_view called, std::string_view calling,
                             std::string_view application_context = "1.2.840.10008.3.1.1.1");
    /// One whole PDU; nothing when the connection was closed (or reset) instead.
    struct Pdu {
        std::uint8_t type = 0;
        std::string body;
    };
    std::optional<Pdu> read_pdu();
    /// True once the peer has aborted or closed; what comes before that is read and dropped.
    bool wait_for_end();
    bool associate();  ///< request and acceptance with the titles of the fixture

    enum class Part : std::uint8_t { Data = 0, Command = 1, LastData = 2, LastCommand = 3 };
    /// False once the connection is broken.
    bool send_pdv(Part part, std::string_view bytes, std::uint8_t context = 1);
    void send_store_command(std::string_view sop_class, std::string_view sop_instance);
    /// Status and comment of the next C-STORE-RSP; status -1 when none came.
    struct Response {
        int status = -1;
        std::string comment;
    };
    Response read_response();
    Response store(std::string_view sop_class, std::string_view sop_instance,
                   std::string_view data_set);
    /// An image of `make_mr`.
    Response store_mr(const std::string& sop_instance, int side = 16);
    void release();  ///< and waits for the answer
    /// False once the connection is broken.
    bool send(std::string_view bytes);
    /// Closes with a reset instead of an orderly end.
    void reset();
    void close() { socket_.reset(); }

  private:
    UniqueFd socket_;
};

/// A command or data element in Implicit VR Little Endian; an odd value gets a NUL behind it.
std::string element(std::uint16_t group, std::uint16_t number, std::string value);
std::string u16(unsigned value);

/// Connects to the loopback; nothing where nobody listens.
UniqueFd connect_loopback(int port);
/// A port that was free a moment ago.
int free_port();
/// Body of an HTTP GET from the loopback; empty where it fails.
std::string http_get(int port, const std::string& path);

}  // namespace iqt::dicom::net
