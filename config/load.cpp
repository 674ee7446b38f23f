// SPDX-License-Identifier: Apache-2.0
#include "config/load.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "config/reader.hpp"
#include "config/schema.hpp"
#include "config/writer.hpp"

namespace iqt::config {

// A test written as a plain text is short for {"=": text}.
template <class S>
void Reader::read_into(const Json& json, const std::string& pointer, S& value) {
    if constexpr (std::is_same_v<S, TagTest>) {
        if (json.is_string()) {
            value.equals = json.get<std::string>();
            return;
        }
    }
    if (!expect(json.is_object(), pointer, "must be an object {...}")) return;
    Reader inner(json, pointer, problems_);
    describe(inner, value);
    inner.finish();
}

namespace {

constexpr std::size_t kFileBytesMax = 4'194'304;

// nlohmann keeps the last of two equal keys in silence; a file with two "routes" is a mistake.
class DuplicateKeys {
  public:
    bool operator()(int, Json::parse_event_t event, Json& parsed) {
        if (event == Json::parse_event_t::object_start) open_.emplace_back();
        if (event == Json::parse_event_t::object_end) open_.pop_back();
        if (event == Json::parse_event_t::key) {
            const auto key = parsed.get<std::string>();
            if (!open_.back().insert(key).second) found.push_back(key);
        }
        return true;
    }
    std::vector<std::string> found;

  private:
    std::vector<std::set<std::string>> open_;
};

void check_routes(const Config& config, std::vector<Problem>& problems) {
    std::set<std::string> names;
    for (std::size_t index = 0; index < config.routes.size(); ++index) {
        const Route& route = config.routes[index];
        const std::string pointer = "/routes/" + std::to_string(index);
        if (!names.insert(route.name).second)
            problems.push_back(
                {pointer + "/name", "is the name of an earlier route; choose another"});
        if (route.outputs.empty())
            problems.push_back({pointer + "/outputs", "must name at least one output"});
        const bool enhanced =
            std::count(route.outputs.begin(), route.outputs.end(), "enhanced") > 0;
        const bool warning = std::count(route.outputs.begin(), route.outputs.end(), "warning") > 0;
        if (enhanced && !warning)
            problems.push_back({pointer + "/outputs",
                                "has \"enhanced\" without \"warning\"; no enhanced series leaves "
                                "without its warning maps, so name both"});
        if (!route.destinations) continue;
        std::vector<std::string> known;
        for (const auto& [name, unused] : config.destinations) known.push_back(name);
        for (std::size_t i = 0; i < route.destinations->size(); ++i) {
            const std::string& name = (*route.destinations)[i];
            if (config.destinations.contains(name)) continue;
            const auto near = nearest(name, known);
            problems.push_back({pointer + "/destinations/" + std::to_string(i),
                                "is not among the destinations" +
                                    (near ? "; did you mean \"" + *near + "\"?" : std::string())});
        }
    }
}

void check_peers(const Config& config, std::vector<Problem>& problems) {
    const std::string& mode = config.dicom.tls.mode;
    bool plain_port_used = config.dicom.accept_any_peer || config.dicom.allowed_peers.empty();
    for (std::size_t index = 0; index < config.dicom.allowed_peers.size(); ++index) {
        const Peer& peer = config.dicom.allowed_peers[index];
        const std::string pointer = "/dicom/allowed_peers/" + std::to_string(index);
        plain_port_used = plain_port_used || peer.without_tls;
        if (!peer.certificate_sha256.empty() && mode == "off")
            problems.push_back({pointer + "/certificate_sha256",
                                "asks for a certificate, but dicom.tls.mode is \"off\", so nobody "
                                "can show one; turn TLS on or remove this"});
        if (!peer.certificate_sha256.empty() && peer.without_tls)
            problems.push_back({pointer + "/without_tls",
                                "lets the peer come without the certificate that "
                                "certificate_sha256 asks for; keep one of the two"});
        if (peer.without_tls && mode == "only")
            problems.push_back({pointer + "/without_tls",
                                "needs the port without TLS, which dicom.tls.mode \"only\" does "
                                "not open; use \"both\" or remove this"});
    }
    if (mode == "both" && !plain_port_used)
        problems.push_back({"/dicom/tls/mode",
                            "opens a port without TLS that admits nobody; use \"only\", or give "
                            "the peer that cannot do TLS \"without_tls\": true"});
}

void check_tls(const Config& config, std::vector<Problem>& problems) {
    const DicomTls& tls = config.dicom.tls;
    const bool on = tls.mode != "off";
    const auto need = [&](bool missing, const char* pointer, const char* what) {
        if (missing) problems.push_back({pointer, what});
    };
    need(on && tls.certificate.empty(), "/dicom/tls/certificate",
         "must name the PEM file of the node's certificate where TLS is on");
    need((on || !tls.certificate.empty()) && tls.private_key.empty(), "/dicom/tls/private_key",
         "must name the PEM file of the private key that belongs to the certificate");
    need(!on && tls.certificate.empty() && !tls.private_key.empty(), "/dicom/tls/certificate",
         "must name the PEM file of the certificate that private_key belongs to");
    need(on && tls.require_client_certificate && tls.trusted.empty(), "/dicom/tls/trusted",
         "must name the certificates of the authorities that vouch for the peers: a PEM file or a "
         "folder of them");
    need(on && tls.port != 0 && tls.port == config.http.port, "/dicom/tls/port",
         "is the same as /http/port; choose another");
    need(tls.mode == "both" && tls.port != 0 && tls.port == config.dicom.port, "/dicom/tls/port",
         "is the same as /dicom/port; choose another");
    for (const auto& [name, destination] : config.destinations)
        if (destination.tls.enabled && destination.tls.trusted.empty() && tls.trusted.empty())
            problems.push_back({"/destinations/" + Reader::escaped(name) + "/tls/trusted",
                                "must name the certificate of the destination or of its authority: "
                                "a PEM file or a folder of them"});
    check_peers(config, problems);
}

void check_together(const Config& config, std::vector<Problem>& problems) {
    check_routes(config, problems);
    check_tls(config, problems);
    for (const auto& [name, destination] : config.destinations)
        if (destination.retry.longest_s < destination.retry.first_s)
            problems.push_back({"/destinations/" + Reader::escaped(name) + "/retry/longest_s",
                                "must not be smaller than first_s"});
    if (config.http.port != 0 && config.http.port == config.dicom.port)
        problems.push_back({"/http/port", "is the same as /dicom/port; choose another"});
}

}  // namespace

Checked<Config> parse(std::string_view text) {
    std::vector<Problem> problems;
    Config config;
    try {
        DuplicateKeys duplicates;
        const Json json = Json::parse(text, std::ref(duplicates), true, true);
        for (const std::string& key : duplicates.found)
            problems.push_back(
                {"", "the key \"" + key + "\" occurs twice in one object; keep one"});
        if (!json.is_object()) {
            problems.push_back({"", "must be an object {...}"});
        } else {
            Reader reader(json, "", problems);
            describe(reader, config);
            reader.finish();
        }
    } catch (const Json::exception& error) {
        problems.push_back({"", std::string("is not JSON (with // comments): ") + error.what()});
    }
    check_together(config, problems);
    if (!problems.empty()) return tl::unexpected(std::move(problems));
    return config;
}

Checked<Config> load(const std::filesystem::path& file) {
    const auto problem = [](std::string what) {
        return tl::unexpected(std::vector<Problem>{{"", std::move(what)}});
    };
    std::error_code code;
    const auto size = std::filesystem::file_size(file, code);
    if (code) return problem("cannot read " + file.string() + ": " + code.message());
    if (size > kFileBytesMax) return problem(file.string() + " is too large to be a configuration");
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (size > 0) text << stream.rdbuf();
    if (!stream || !text)
        return problem("cannot read " + file.string() + "; check its permissions");
    return parse(text.str());
}

std::string to_json(const Config& config) {
    Config copy = config;
    Writer writer;
    describe(writer, copy);
    return writer.json.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> changed_sections(const Config& a, const Config& b) {
    Config left = a, right = b;
    Writer first, second;
    describe(first, left);
    describe(second, right);
    std::vector<std::string> changed;
    for (const auto& [key, value] : first.json.items())
        if (value != second.json.at(key)) changed.push_back(key);
    return changed;
}

std::vector<std::string> key_names() {
    Config config;
    KeyLister lister;
    describe(lister, config);
    return lister.keys;
}

std::string to_string(const Problem& problem) {
    return (problem.pointer.empty() ? "(document)" : problem.pointer) + ": " + problem.what;
}

}  // namespace iqt::config
