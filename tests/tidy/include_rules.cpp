// SPDX-License-Identifier: Apache-2.0
#include "tests/tidy/include_rules.hpp"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <vector>

namespace iqt::tidy {
namespace {

using Rooms = std::set<std::string>;

/// Room -> rooms that it may include beside itself. Tests may include all.
const std::map<std::string, Rooms>& allowed_rooms() {
    static const std::map<std::string, Rooms> kAllowed{
        {"pipeline/core", {}},
        {"pipeline/log", {"pipeline/core"}},
        {"pipeline/digest", {"pipeline/core"}},
        {"pipeline/grid", {"pipeline/core"}},
        {"pipeline/qa", {"pipeline/core", "pipeline/grid"}},
        {"pipeline/render", {"pipeline/core", "pipeline/grid"}},
        {"pipeline/stages",
         {"pipeline/core", "pipeline/grid", "pipeline/qa", "pipeline/render", "pipeline/digest"}},
        {"pipeline/queue", {"pipeline/core", "pipeline/digest", "pipeline/log"}},
        {"pipeline/worker",
         {"pipeline/core", "pipeline/stages", "pipeline/queue", "pipeline/log", "pipeline/digest"}},
        {"dicom", {"pipeline/core", "pipeline/digest", "pipeline/log"}},
        {"dicom/net", {"pipeline/core", "pipeline/digest", "pipeline/log", "dicom"}},
        {"models", {"pipeline/core", "pipeline/grid", "pipeline/digest", "pipeline/log"}},
        {"models/nets",
         {"pipeline/core", "pipeline/grid", "pipeline/digest", "pipeline/log", "models"}},
        {"models/train",
         {"pipeline/core", "pipeline/grid", "pipeline/digest", "pipeline/log", "pipeline/qa",
          "pipeline/render", "pipeline/stages", "models", "models/nets", "dicom"}},
        {"config", {}},
        {"server",
         {"pipeline/core", "pipeline/log", "pipeline/digest", "pipeline/grid", "pipeline/render",
          "pipeline/stages", "pipeline/queue", "pipeline/worker", "dicom", "dicom/net", "models",
          "models/nets", "config"}},
        {"tests", {}},
    };
    return kAllowed;
}

struct Library {
    std::string name;
    std::regex header;
    std::vector<std::string> places;  ///< rooms or single files
};

const std::vector<Library>& libraries() {
    static const std::vector<Library> kLibraries{
        {"DCMTK", std::regex("^dcmtk/"), {"dicom", "dicom/net"}},
        {"SQLite", std::regex("^(SQLiteCpp/|sqlite3)"), {"pipeline/queue"}},
        {"Torch", std::regex("^(torch|ATen|c10)/"), {"models/nets", "models/train"}},
        {"Cairo", std::regex("cairo|fontconfig"), {"pipeline/render"}},
        {"libnifti", std::regex("nifti|znzlib"), {"models/nifti.cpp"}},
        {"OpenSSL", std::regex("^openssl/"), {"pipeline/digest", "dicom/net/tls.cpp"}},
        {"Boost", std::regex("^boost/"), {"server"}},
        {"spdlog", std::regex("^(spdlog|fmt)/"), {"pipeline/log"}},
        {"prometheus-cpp", std::regex("^prometheus/"), {"server"}},
        {"CLI11", std::regex("^CLI/"), {"server", "models/train"}},
        {"tl::expected", std::regex("^tl/"), {"pipeline/core", "config"}},
        {"the test libraries", std::regex("^(gtest|gmock|rapidcheck|benchmark)[/.]"), {}},
    };
    return kLibraries;
}

bool is_standard(const std::string& header) {
    static const std::regex kStandard("^[a-z_0-9]+$");
    return std::regex_match(header, kStandard) || header == "tl/expected.hpp";
}

}  // namespace

std::string room_of(const std::string& path) {
    std::string best;
    for (const auto& [room, allowed] : allowed_rooms())
        if (path.starts_with(room + "/") && room.size() > best.size()) best = room;
    return best;
}

Findings check_dependencies(const Source& source) {
    const std::string room = room_of(source.path);
    if (!source.is_cpp() || room.empty()) return {};
    Findings findings;
    for (const Include& include : includes_of(source)) {
        if (include.kind != Include::Kind::Quoted) continue;
        const auto add = [&](const std::string& message) {
            findings.push_back({source.path, include.line, message});
        };
        const std::string other = room_of(include.name);
        if (include.name.ends_with(".cpp")) add("includes a source file: " + include.name);
        if (other.empty())
            add("\"" + include.name + "\" is not written from the repository root");
        else if (room != "tests" && other != room && !allowed_rooms().at(room).contains(other))
            add(room + " must not include " + other + " (" + include.name + ")");
    }
    return findings;
}

Findings check_libraries(const Source& source) {
    const std::string room = room_of(source.path);
    if (!source.is_cpp() || room.empty() || room == "tests") return {};
    Findings findings;
    for (const Include& include : includes_of(source)) {
        if (include.kind != Include::Kind::Angled) continue;
        for (const Library& library : libraries()) {
            const auto is_here = [&](const std::string& place) {
                return place == room || place == source.path;
            };
            if (std::regex_search(include.name, library.header) &&
                std::none_of(library.places.begin(), library.places.end(), is_here))
                findings.push_back(
                    {source.path, include.line,
                     library.name + " has no place in " + room + " (" + include.name + ")"});
        }
        if (room == "pipeline/core" && !is_standard(include.name) && include.name != "time.h")
            findings.push_back({source.path, include.line,
                                "the core includes the standard library and tl/expected.hpp only, "
                                "not " +
                                    include.name});
    }
    return findings;
}

}  // namespace iqt::tidy
