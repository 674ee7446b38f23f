// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/config.hpp"
#include "config/rules.hpp"

/// The one table of keys: names, types and limits. A visitor reads, writes or lists by it, so that
/// these can never disagree.
namespace iqt::config {

template <class V>
void describe(V& v, Node& s) {
    v.text("data_dir", s.data_dir, Rule::NotEmpty);
    v.number("shutdown_s", s.shutdown_s, 1, 3600);
    v.text("timezone", s.timezone, Rule::Timezone);
}

template <class V>
void describe(V& v, Peer& s) {
    v.text("ae_title", s.ae_title, Rule::AeTitle);
    v.one_or_many("address", s.address, Rule::Cidr);
    v.one_or_many("certificate_sha256", s.certificate_sha256, Rule::Fingerprint);
    v.flag("without_tls", s.without_tls);
}

template <class V>
void describe(V& v, DicomTls& s) {
    v.one_of("mode", s.mode, {"off", "both", "only"});
    v.number("port", s.port, 0, 65535);
    v.text("certificate", s.certificate, Rule::Any);
    v.text("private_key", s.private_key, Rule::Any);
    v.text("trusted", s.trusted, Rule::Any);
    v.flag("require_client_certificate", s.require_client_certificate);
    v.text("crl", s.crl, Rule::Any);
}

template <class V>
void describe(V& v, Dicom& s) {
    v.text("ae_title", s.ae_title, Rule::AeTitle);
    v.text("address", s.address, Rule::IpAddress);
    v.number("port", s.port, 0, 65535);
    v.number("max_associations", s.max_associations, 1, 256);
    v.number("max_pdu_bytes", s.max_pdu_bytes, 4096, 131072);
    v.number("object_bytes_max", s.object_bytes_max, 65'536, 4'000'000'000);
    v.number("timeout_s", s.timeout_s, 1, 3600);
    v.list("allowed_peers", s.allowed_peers);
    v.flag("accept_any_peer", s.accept_any_peer);
    v.section("tls", s.tls);
}

template <class V>
void describe(V& v, PeerSettle& s) {
    v.optional_number("quiet_s", s.quiet_s, 0, 3600);
    v.optional_number("open_association_s", s.open_association_s, 0, 3600);
    v.optional_number("incomplete_hold_s", s.incomplete_hold_s, 0, 604'800);
}

template <class V>
void describe(V& v, Settle& s) {
    v.number("quiet_s", s.quiet_s, 0, 3600);
    v.number("open_association_s", s.open_association_s, 0, 3600);
    v.number("incomplete_hold_s", s.incomplete_hold_s, 0, 604'800);
    v.map("peers", s.peers, Rule::AeTitle);
}

template <class V>
void describe(V& v, TagTest& s) {
    v.optional_text("=", s.equals, Rule::Any);
    v.optional_text("prefix", s.prefix, Rule::Any);
    v.optional_text("regex", s.regex, Rule::Regex);
    v.range("range", s.range);
}

template <class V>
void describe(V& v, Match& s) {
    v.optional_text("calling_ae_title", s.calling_ae_title, Rule::AeTitle);
    v.optional_text("called_ae_title", s.called_ae_title, Rule::AeTitle);
    v.map("tags", s.tags, Rule::Attribute);
}

template <class V>
void describe(V& v, Route& s) {
    v.text("name", s.name, Rule::NotEmpty);
    v.section("match", s.match);
    v.text("model", s.model, Rule::Any);
    v.texts("outputs", s.outputs,
            {"enhanced", "warning", "summary", "input_on_grid", "notice", "uncertainty", "flags",
             "report"});
    v.optional_texts("destinations", s.destinations);
    v.one_of("input_quality", s.input_quality, {"banner", "decline"});
    v.one_of("priority", s.priority, {"urgent", "normal", "low"});
    v.one_of("field_strength", s.field_strength, {"required", "unknown_allowed", "any"});
}

template <class V>
void describe(V& v, Retry& s) {
    v.number("first_s", s.first_s, 1, 3600);
    v.number("longest_s", s.longest_s, 1, 86'400);
    v.number("attempts_max", s.attempts_max, 1, 100'000);
}

template <class V>
void describe(V& v, DestinationTls& s) {
    v.flag("enabled", s.enabled);
    v.text("trusted", s.trusted, Rule::Any);
    v.text("crl", s.crl, Rule::Any);
}

template <class V>
void describe(V& v, Destination& s) {
    v.text("ae_title", s.ae_title, Rule::AeTitle);
    v.text("address", s.address, Rule::NotEmpty);
    v.number("port", s.port, 1, 65535);
    v.number("timeout_s", s.timeout_s, 1, 3600);
    v.section("retry", s.retry);
    v.section("tls", s.tls);
}

template <class V>
void describe(V& v, Inference& s) {
    v.texts_by("devices", s.devices, Rule::Device);
    v.number("samples", s.samples, 1, 256);
    v.one_of("precision", s.precision, {"auto", "float32", "bfloat16", "float16"});
    v.text("models_dir", s.models_dir, Rule::Any);
    v.text("default_model", s.default_model, Rule::Any);
    v.number("threads", s.threads, 0, 1024);
    v.number("memory_bytes_max", s.memory_bytes_max, 268'435'456, 1'099'511'627'776);
    v.number("lease_s", s.lease_s, 5, 3600);
    v.number("attempts_max", s.attempts_max, 1, 100);
    v.number("interruptions_max", s.interruptions_max, 1, 1'000);
}

template <class V>
void describe(V& v, Http& s) {
    v.text("address", s.address, Rule::LoopbackAddress);
    v.number("port", s.port, 0, 65535);
    v.number("max_connections", s.max_connections, 1, 4096);
    v.number("request_bytes_max", s.request_bytes_max, 1024, 16'777'216);
    v.number("timeout_s", s.timeout_s, 1, 600);
}

template <class V>
void describe(V& v, Retention& s) {
    v.number("delivered_days", s.delivered_days, 0, 3650);
    v.number("min_free_bytes", s.min_free_bytes, 0, 1'099'511'627'776);
}

template <class V>
void describe(V& v, Log& s) {
    v.one_of("level", s.level, {"debug", "info", "warn", "error", "off"});
}

template <class V>
void describe(V& v, Config& s) {
    v.section("node", s.node);
    v.section("dicom", s.dicom);
    v.section("settle", s.settle);
    v.list("routes", s.routes);
    v.map("destinations", s.destinations, Rule::Name);
    v.section("inference", s.inference);
    v.section("http", s.http);
    v.section("retention", s.retention);
    v.section("log", s.log);
}

}  // namespace iqt::config
