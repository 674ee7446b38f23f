// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// The configuration as plain values; the defaults written here are the ones that apply. What each
/// key does, and why one would change it, stands in config/node.json, which is the manual.
namespace iqt::config {

struct Node {
    std::string data_dir = "/var/lib/iqt-node";
    int shutdown_s = 30;
    std::string timezone;  ///< "+0100"; empty = UTC
};

struct Peer {
    std::string ae_title;              ///< calling AE title
    std::vector<std::string> address;  ///< CIDRs or plain addresses; empty = from anywhere
    /// SHA-256 of the certificates it may show; empty = any that `dicom.tls.trusted` vouches for
    std::vector<std::string> certificate_sha256 = {};
    bool without_tls = false;  ///< where TLS is on: this peer may come without it
};

struct DicomTls {
    std::string mode = "off";  ///< "off" | "both" | "only": which of the two ports is open
    int port = 2762;
    std::string certificate, private_key;  ///< PEM files; also what we show to destinations
    std::string trusted;                   ///< PEM file or folder of them
    bool require_client_certificate = true;
    std::string crl;  ///< PEM file; empty = revocation is not checked
};

struct Dicom {
    std::string ae_title = "IQTNODE";
    std::string address = "0.0.0.0";
    int port = 11112;
    int max_associations = 16;
    int max_pdu_bytes = 131072;
    std::int64_t object_bytes_max = 536'870'912;
    int timeout_s = 60;
    std::vector<Peer> allowed_peers;
    bool accept_any_peer = false;
    DicomTls tls;
};

struct PeerSettle {
    std::optional<int> quiet_s, open_association_s, incomplete_hold_s;  ///< absent = as in Settle
};

struct Settle {
    int quiet_s = 10;
    int open_association_s = 30;
    int incomplete_hold_s = 1800;
    std::map<std::string, PeerSettle> peers;  ///< by calling AE title
};

struct Interval {
    double min = 0, max = 0;  ///< closed
};

/// Conditions on one attribute; all that are present must hold.
struct TagTest {
    std::optional<std::string> equals, prefix, regex;
    std::optional<Interval> range;
};

struct Match {
    std::optional<std::string> calling_ae_title, called_ae_title;
    std::map<std::string, TagTest> tags;  ///< by keyword or "gggg,eeee"
};

struct Route {
    std::string name;
    Match match;
    std::string model;  ///< package id; empty = chosen by contrast
    std::vector<std::string> outputs{"enhanced", "warning"};
    std::optional<std::vector<std::string>> destinations;  ///< absent = all
    std::string input_quality = "banner";                  ///< "banner" | "decline"
    std::string priority = "normal";                       ///< "urgent" | "normal" | "low"
    std::string field_strength = "required";  ///< "required" | "unknown_allowed" | "any"
};

struct Retry {
    int first_s = 10, longest_s = 3600, attempts_max = 100;
};

struct DestinationTls {
    bool enabled = false;
    std::string trusted;  ///< empty = that of dicom.tls
    std::string crl;      ///< empty = that of dicom.tls
};

struct Destination {
    std::string ae_title, address;
    int port = 104;
    int timeout_s = 60;
    Retry retry;
    DestinationTls tls = {};
};

struct Inference {
    std::vector<std::string> devices{"auto"};  ///< one worker process each
    int samples = 16;
    std::string precision = "auto";
    std::string models_dir;     ///< empty = the packages that came with the program
    std::string default_model;  ///< empty = the first learned package for the contrast
    int threads = 0;            ///< 0 = all cores
    std::int64_t memory_bytes_max = 4'294'967'296;
    int lease_s = 30;
    int attempts_max = 3;
    int interruptions_max = 20;
};

struct Http {
    std::string address = "127.0.0.1";
    int port = 8080;
    int max_connections = 64;
    int request_bytes_max = 65536;
    int timeout_s = 10;
};

struct Retention {
    int delivered_days = 30;  ///< 0 = for ever
    std::int64_t min_free_bytes = 1'073'741'824;
};

struct Log {
    std::string level = "info";
};

struct Config {
    Node node;
    Dicom dicom;
    Settle settle;
    std::vector<Route> routes;
    std::map<std::string, Destination> destinations;
    Inference inference;
    Http http;
    Retention retention;
    Log log;
};

}  // namespace iqt::config
