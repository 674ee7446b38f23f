// SPDX-License-Identifier: Apache-2.0
#include "server/options.hpp"

#include <algorithm>
#include <cstdint>

#include "dicom/instance_header.hpp"

namespace iqt::server {
namespace {

constexpr std::int64_t kMsPerS = 1000;

// Associations get this share of the whole stop, the workers and senders the rest.
int drain_s(const config::Config& config) {
    return std::max(1, config.node.shutdown_s / 3);
}

queue::Backoff delivery_backoff(const config::Retry& retry) {
    queue::Backoff backoff;
    backoff.first_ms = retry.first_s * kMsPerS;
    backoff.max_ms = retry.longest_s * kMsPerS;
    backoff.attempts_max = retry.attempts_max;
    return backoff;
}

queue::SettleTimes settle_times(const config::Settle& settle, const config::PeerSettle& peer) {
    queue::SettleTimes times;
    times.quiet_ms = peer.quiet_s.value_or(settle.quiet_s) * kMsPerS;
    times.open_association_ms =
        peer.open_association_s.value_or(settle.open_association_s) * kMsPerS;
    times.incomplete_hold_ms = peer.incomplete_hold_s.value_or(settle.incomplete_hold_s) * kMsPerS;
    return times;
}

}  // namespace

queue::StoreOptions store_options(const config::Config& config, queue::Opener opener) {
    queue::StoreOptions options;
    options.data_dir = config.node.data_dir;
    options.opener = opener;
    options.settle = settle_times(config.settle, {});
    for (const auto& [calling_ae, peer] : config.settle.peers)
        options.settle_by_calling_ae[calling_ae] = settle_times(config.settle, peer);
    options.work_retry.attempts_max = config.inference.attempts_max;
    options.interruptions_max = config.inference.interruptions_max;
    for (const auto& [name, destination] : config.destinations)
        options.delivery_retry_by_destination[name] = delivery_backoff(destination.retry);
    options.delivered_keep_ms = config.retention.delivered_days * 86'400 * kMsPerS;
    options.min_free_bytes = static_cast<std::uint64_t>(config.retention.min_free_bytes);
    options.content_equal = [](const ObjectBytes& a, const ObjectBytes& b) {
        return dicom::same_content(a, b);
    };
    options.pixels_equal = [](const ObjectBytes& a, const ObjectBytes& b) {
        return dicom::same_pixels(a, b);
    };
    return options;
}

dicom::net::AssociationPolicyOptions policy_options(const config::Config& config) {
    const config::Dicom& dicom = config.dicom;
    dicom::net::AssociationPolicyOptions options;
    options.ae_title = dicom.ae_title;
    options.accept_any_peer = dicom.accept_any_peer;
    for (const config::Peer& peer : dicom.allowed_peers) {
        auto addresses = peer.address;
        if (addresses.empty()) addresses = {"0.0.0.0/0", "::/0"};
        options.allowed_peers.push_back({peer.ae_title, std::move(addresses),
                                         dicom.tls.mode != "off" && !peer.without_tls,
                                         peer.certificate_sha256});
    }
    return options;
}

dicom::net::TlsFiles listener_tls_files(const config::Config& config) {
    const config::DicomTls& tls = config.dicom.tls;
    return {tls.certificate, tls.private_key, tls.trusted, tls.crl};
}

dicom::net::TlsFiles sender_tls_files(const config::Config& config, const std::string& name) {
    const config::DestinationTls& own = config.destinations.at(name).tls;
    dicom::net::TlsFiles files = listener_tls_files(config);
    if (!own.trusted.empty()) {
        files.trusted = own.trusted;
        files.crl.clear();  // it is about other authorities
    }
    if (!own.crl.empty()) files.crl = own.crl;
    return files;
}

dicom::net::StoreScpOptions scp_options(const config::Config& config) {
    const config::Dicom& dicom = config.dicom;
    dicom::net::StoreScpOptions options;
    options.policy = policy_options(config);
    options.address = dicom.address;
    options.port = dicom.port;
    if (dicom.tls.mode == "only") options.port.reset();
    if (dicom.tls.mode != "off")
        options.tls = dicom::net::TlsPortOptions{dicom.tls.port, listener_tls_files(config),
                                                 dicom.tls.require_client_certificate};
    options.max_associations = dicom.max_associations;
    options.max_pdu_bytes = dicom.max_pdu_bytes;
    options.object.object_bytes_max = static_cast<std::uint64_t>(dicom.object_bytes_max);
    options.object.spill_dir = incoming_folder(config);
    options.dimse_timeout_s = dicom.timeout_s;
    options.socket_timeout_s = dicom.timeout_s;
    options.acse_timeout_s = std::min(options.acse_timeout_s, dicom.timeout_s);
    options.drain_s = drain_s(config);
    return options;
}

dicom::EncoderOptions encoder_options(const config::Config& config) {
    dicom::EncoderOptions options;
    options.station_name = config.dicom.ae_title;
    options.timezone = config.node.timezone;
    return options;
}

models::DeviceOptions device_options(const config::Config& config, const std::string& device) {
    models::DeviceOptions options;
    options.device = device;
    options.precision = config.inference.precision;
    options.threads = config.inference.threads;
    options.memory_bytes_max = static_cast<std::uint64_t>(config.inference.memory_bytes_max);
    return options;
}

Destination destination_of(const config::Config& config, const std::string& name) {
    const config::Destination& from = config.destinations.at(name);
    Destination to;
    to.name = name;
    to.ae_title = from.ae_title;
    to.address = from.address;
    to.port = from.port;
    to.own_ae_title = config.dicom.ae_title;
    to.timeout_s = from.timeout_s;
    to.tls = from.tls.enabled;
    return to;
}

std::filesystem::path models_folder(const config::Config& config) {
    if (!config.inference.models_dir.empty()) return config.inference.models_dir;
    return models::default_packages_folder();
}

std::filesystem::path incoming_folder(const config::Config& config) {
    return std::filesystem::path(config.node.data_dir) / "incoming";
}

std::filesystem::path effective_config_file(const config::Config& config) {
    return std::filesystem::path(config.node.data_dir) / "config.json";
}

}  // namespace iqt::server
