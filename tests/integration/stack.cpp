// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/stack.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>

namespace iqt::integration {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::string curl(const std::vector<std::string>& arguments) {
    std::vector<std::string> line{"curl", "-fsS", "--max-time", "60"};
    line.insert(line.end(), arguments.begin(), arguments.end());
    const Finished finished = run(line, 70s);
    if (finished.status != 0) throw std::runtime_error("curl: " + finished.err);
    return finished.out;
}

void write_file(const fs::path& file, const std::string& text) {
    std::ofstream(file) << text;
}

// The port of the newest "listening" line of one service, looked for from `start` of the log.
int listening_port(const std::string& log, std::size_t start, const std::string& service) {
    std::istringstream lines(log.substr(std::min(start, log.size())));
    int port = 0;
    for (std::string line; std::getline(lines, line);) {
        const Json entry = Json::parse(line, nullptr, false);
        if (entry.is_discarded() || entry.value("event", "") != "listening") continue;
        if (entry.value("service", "") == service) port = entry.value("port", 0);
    }
    return port;
}

}  // namespace

std::string program(const std::string& name) {
    const std::string folder = name == "iqt-train" ? "/models/train/" : "/server/";
    return IQT_BINARY_DIR + folder + name;
}

// A worker with networks names the library that it needs.
bool worker_has_networks() {
    const Finished read = run({"readelf", "-d", program("iqt-worker")}, 30s);
    EXPECT_EQ(read.status, 0) << read.err;
    return read.out.find("libtorch") != std::string::npos;
}

std::optional<fs::path> shared_data() {
    const char* named = std::getenv("IQT_SHARED_DATA");
    const fs::path folder =
        named != nullptr ? fs::path(named) : fs::path(IQT_SOURCE_DIR) / ".." / "shared" / "data";
    if (!fs::is_directory(folder / "dicom")) return std::nullopt;
    return fs::canonical(folder);
}

Pacs::Pacs(const fs::path& folder, int node_port)
    : folder_(folder), http_port_(free_port()), dicom_port_(free_port()) {
    fs::create_directories(folder_ / "store");
    const Json config{
        {"Name", "TESTPACS"},
        {"StorageDirectory", (folder_ / "store").string()},
        {"IndexDirectory", (folder_ / "store").string()},
        {"Plugins", Json::array()},
        {"HttpPort", http_port_},
        {"RemoteAccessAllowed", false},
        {"AuthenticationEnabled", false},
        {"DicomAet", "TESTPACS"},
        {"DicomCheckCalledAet", true},
        {"DicomPort", dicom_port_},
        {"DicomAlwaysAllowStore", true},
        {"DicomModalities",
         {{"node", {{"AET", "IQTNODE"}, {"Host", "127.0.0.1"}, {"Port", node_port}}}}}};
    write_file(folder_ / "orthanc.json", config.dump());
    start();
}

void Pacs::start() {
    const std::string binary = fs::exists("/usr/sbin/Orthanc") ? "/usr/sbin/Orthanc" : "Orthanc";
    process_ = std::make_unique<Process>(
        std::vector<std::string>{binary, (folder_ / "orthanc.json").string()}, folder_ / "log",
        folder_ / "log", std::vector<std::string>{"TCP_NODELAY=1"});
    const std::string url = "http://127.0.0.1:" + std::to_string(http_port_) + "/system";
    const bool up = eventually(
        [&] {
            return run({"curl", "-fsS", "--max-time", "5", url}, 10s).status == 0;
        },
        60s);
    if (!up) throw std::runtime_error("Orthanc did not start: " + read_file(folder_ / "log"));
}

void Pacs::stop() {
    process_->signal(SIGTERM);
    process_->wait(30s);
    process_.reset();
}

std::string Pacs::bytes(const std::string& path) const {
    return curl({"http://127.0.0.1:" + std::to_string(http_port_) + path});
}

Json Pacs::get(const std::string& path) const {
    return Json::parse(bytes(path));
}

Json Pacs::post(const std::string& path, const std::string& body) const {
    return Json::parse(
        curl({"http://127.0.0.1:" + std::to_string(http_port_) + path, "--data-binary", body}));
}

void Pacs::upload(const std::vector<fs::path>& files) const {
    for (const fs::path& file : files) post("/instances", "@" + file.string());
}

void Pacs::send_to_node(const std::string& series_uid) const {
    const Json found =
        post("/tools/find",
             Json{{"Level", "Series"}, {"Query", {{"SeriesInstanceUID", series_uid}}}}.dump());
    post("/modalities/node/store", Json{{"Resources", found}, {"Synchronous", true}}.dump());
}

std::vector<fs::path> Pacs::download_all(const fs::path& folder) const {
    std::vector<fs::path> folders;
    for (const Json& series : get("/series?expand")) {
        const fs::path sub =
            folder / series.at("MainDicomTags").at("SeriesInstanceUID").get<std::string>();
        fs::create_directories(sub);
        std::vector<std::string> line{"curl", "-fsS", "--max-time", "120"};
        for (const Json& instance : series.at("Instances")) {
            const auto id = instance.get<std::string>();
            line.push_back("http://127.0.0.1:" + std::to_string(http_port_) + "/instances/" + id +
                           "/file");
            line.push_back("-o");
            line.push_back((sub / (id + ".dcm")).string());
        }
        const Finished finished = run(line, 130s);
        if (finished.status != 0) throw std::runtime_error("download: " + finished.err);
        folders.push_back(sub);
    }
    return folders;
}

int Pacs::count_instances() const {
    return get("/statistics").at("CountInstances").get<int>();
}

Node::Node(NodeSetup setup) : setup_(std::move(setup)) {
    fs::create_directories(setup_.folder);
    Json config{
        {"node", {{"data_dir", data_dir().string()}, {"shutdown_s", 20}}},
        {"dicom",
         {{"address", "127.0.0.1"}, {"port", setup_.dicom_port}, {"accept_any_peer", true}}},
        {"settle", {{"quiet_s", 1}, {"incomplete_hold_s", 1}}},
        {"http", {{"port", 0}}}};
    Json route{{"name", "all"}, {"outputs", setup_.outputs}};
    if (!setup_.model.empty()) route["model"] = setup_.model;
    if (setup_.pacs_port != 0) {
        config["destinations"]["pacs"] = {
            {"ae_title", "TESTPACS"}, {"address", "127.0.0.1"}, {"port", setup_.pacs_port}};
        route["destinations"] = {"pacs"};
    }
    config["routes"] = Json::array({route});
    config.merge_patch(setup_.extra);
    write_file(this->config(), config.dump(2));
}

void Node::start(Until until) {
    log_start_ = log().size();
    process_ = std::make_unique<Process>(
        std::vector<std::string>{program("iqt-node"), "serve", "--config", config().string()},
        setup_.folder / "node.out", setup_.folder / "node.log", setup_.env);
    const bool up = eventually(
        [this, until] {
            const std::string text = log();
            dicom_port_ = listening_port(text, log_start_, "dicom");
            dicom_tls_port_ = listening_port(text, log_start_, "dicom_tls");
            http_port_ = listening_port(text, log_start_, "http");
            if (!process_->running()) return true;
            if (http_port_ == 0 || (dicom_port_ == 0 && dicom_tls_port_ == 0)) return false;
            if (until == Until::Listening) return true;
            const std::string url = "http://127.0.0.1:" + std::to_string(http_port_) + "/readyz";
            return run({"curl", "-fsS", "--max-time", "5", url}, 10s).status == 0;
        },
        60s);
    if (!up || !process_->running())
        throw std::runtime_error("the node did not become ready:\n" + log());
}

Node::~Node() {
    process_.reset();
    expect_no_sanitizer_report();
}

int Node::stop() {
    process_->signal(SIGTERM);
    const int status = process_->wait(40s);
    expect_no_sanitizer_report();
    return status;
}

void Node::kill_node() {
    process_->signal(SIGKILL);
    process_->wait(10s);
    expect_no_sanitizer_report();
}

std::vector<pid_t> Node::workers() const {
    std::vector<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (name.find_first_not_of("0123456789") != std::string::npos) continue;
        // "pid (comm) state ppid ...": the node's only children are its workers.
        const std::string stat = read_file(entry.path() / "stat");
        std::istringstream rest(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
        std::string state;
        pid_t parent = 0;
        rest >> state >> parent;
        if (parent == process_->pid() && state != "Z") found.push_back(std::stoi(name));
    }
    return found;
}

void Node::signal_worker(int number) {
    for (const pid_t worker : workers()) ::kill(worker, number);
}

// Workers write to the node's stderr. A node that stops does not say how its workers ended, and the
// thread sanitizer lets a program go on, so that no exit status shows what it found.
void Node::expect_no_sanitizer_report() {
    const std::string text = log();
    const std::size_t found = sanitizer_report(text, judged_);
    judged_ = text.size();
    if (found != std::string::npos)
        ADD_FAILURE() << "the log of node and workers: " << text.substr(found, 6000);
}

std::string Node::page(const std::string& path) const {
    return curl({"http://127.0.0.1:" + std::to_string(http_port_) + path});
}

bool Node::settled(std::size_t jobs_min, std::chrono::seconds limit) const {
    static const std::vector<std::string> kFinal{"delivered", "declined", "dead", "cancelled"};
    return eventually(
        [&] {
            const Json list = jobs();
            return list.size() >= jobs_min &&
                   std::all_of(list.begin(), list.end(), [](const Json& job) {
                       const auto state = job.at("state").get<std::string>();
                       return std::find(kFinal.begin(), kFinal.end(), state) != kFinal.end();
                   });
        },
        limit);
}

std::vector<std::string> column(const Node& node, const std::string& sql) {
    const Finished asked =
        run({"sqlite3", "-cmd", ".timeout 10000", (node.data_dir() / "queue.sqlite").string(), sql},
            60s);
    if (asked.status != 0) throw std::runtime_error("sqlite3: " + asked.err);
    std::vector<std::string> values;
    std::istringstream lines(asked.out);
    for (std::string line; std::getline(lines, line);)
        values.push_back(line.substr(0, line.find('|')));
    return values;
}

bool settled_with_releases(const Node& node, std::size_t jobs, std::chrono::seconds limit) {
    return eventually(
        [&] {
            for (const std::string& job : column(node, "select id from jobs where state = 'held'"))
                run({program("iqt-node"), "queue", "release", job, "--config",
                     node.config().string()},
                    30s);
            return column(node,
                          "select id from jobs where state in ('delivered', 'declined', 'dead', "
                          "'cancelled')")
                           .size() >= jobs &&
                   column(node,
                          "select id from jobs where state not in ('delivered', 'declined', "
                          "'dead', 'cancelled')")
                       .empty();
        },
        limit);
}

int store(const std::vector<std::string>& inputs, int port,
          const std::vector<std::string>& options) {
    std::vector<std::string> line{"storescu", "-aet", "TESTPACS", "-aec", "IQTNODE"};
    line.insert(line.end(), options.begin(), options.end());
    line.insert(line.end(), {"+sd", "+r", "127.0.0.1", std::to_string(port)});
    line.insert(line.end(), inputs.begin(), inputs.end());
    return run(line, 300s, {"TCP_NODELAY=1"}).status;
}

std::size_t sanitizer_report(const std::string& log, std::size_t start) {
    // "==1==ERROR: AddressSanitizer: ...", "WARNING: ThreadSanitizer: ...", "a.cpp:1:2: runtime
    // error: ..."
    std::size_t found = std::string::npos;
    for (const char* mark : {"Sanitizer", ": runtime error: "})
        found = std::min(found, log.find(mark, start));
    if (found == std::string::npos) return found;
    const std::size_t line = log.rfind('\n', found);
    return line == std::string::npos ? 0 : line + 1;
}

std::vector<std::string> dciodvfy_errors(const std::vector<fs::path>& files) {
    std::vector<std::string> errors;
    for (const fs::path& file : files) {
        const Finished judged = run({"dciodvfy", file.string()}, 60s);
        const std::string name = file.filename().string() + ": ";
        const std::size_t before = errors.size();
        std::istringstream lines(judged.err);
        for (std::string line; std::getline(lines, line);)
            if (line.rfind("Error", 0) == 0 || line.rfind("Abort", 0) == 0)
                errors.push_back(name + line);
        // It ends with 1 where it found errors; else it was not there, crashed or took too long. It
        // names the kind of every object that it has read.
        if (judged.status != 0 && errors.size() == before)
            errors.push_back(name + "dciodvfy ended with " + std::to_string(judged.status));
        else if (judged.err.empty())
            errors.push_back(name + "dciodvfy said nothing");
    }
    return errors;
}

Disagreements dcentvfy(const std::vector<fs::path>& files) {
    std::vector<std::string> line{"dcentvfy"};
    for (const fs::path& file : files) line.push_back(file.string());
    const Finished finished = run(line, 120s);
    Disagreements found;
    std::istringstream lines(finished.out + finished.err);
    for (std::string text; std::getline(lines, text);) {
        found.judged = found.judged || text.rfind("Error", 0) == 0;
        found.lines.push_back(text);
        if (text.rfind("Abort", 0) == 0) return {false, {text}};
    }
    // It ends with 1 where it found some; else it was not there, crashed or took too long.
    found.judged = finished.status == 0 || (finished.status == 1 && found.judged);
    return found;
}

std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace iqt::integration
