// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/fakes/temp_folder.hpp"
#include "tests/integration/process.hpp"

/// Real parts on loopback: an Orthanc as the PACS and the node's own programs.
namespace iqt::integration {

using Json = nlohmann::json;

/// Path of one of the project's programs in this build.
std::string program(const std::string& name);

/// Whether this build's worker can run the shipped network.
bool worker_has_networks();

/// The real data beside the checkout, where it is there.
std::optional<std::filesystem::path> shared_data();

/// Debian's Orthanc with an empty store.
class Pacs {
  public:
    /// `node_port`: where results of "send to node" go.
    Pacs(const std::filesystem::path& folder, int node_port);
    int dicom_port() const { return dicom_port_; }
    Json get(const std::string& path) const;
    Json post(const std::string& path, const std::string& body) const;
    std::string bytes(const std::string& path) const;
    /// Sends all instances of one DICOM series that it holds to the node.
    void send_to_node(const std::string& series_uid) const;
    /// Stores files by its REST interface.
    void upload(const std::vector<std::filesystem::path>& files) const;
    /// Writes all instances of all series to folder/<SeriesInstanceUID>/; returns those folders.
    std::vector<std::filesystem::path> download_all(const std::filesystem::path& folder) const;
    int count_instances() const;
    void stop();
    void start();

  private:
    std::filesystem::path folder_;
    int http_port_, dicom_port_;
    std::unique_ptr<Process> process_;
};

struct NodeSetup {
    std::filesystem::path folder;  ///< holds config, data and log
    int dicom_port = 0;            ///< 0: any
    std::string model;             ///< route's model id; empty: by contrast
    std::vector<std::string> outputs{"enhanced", "warning"};
    int pacs_port = 0;            ///< 0: no destination
    Json extra = Json::object();  ///< merged over the configuration
    std::vector<std::string> env = {};
    std::filesystem::path data_dir = {};  ///< empty: folder/data
};

/// `iqt-node serve` on loopback; accepts any peer of 127.0.0.1.
class Node {
  public:
    explicit Node(NodeSetup setup);
    /// Waits until it listens, or until its worker can work too.
    enum class Until { Listening, Ready };
    void start(Until until = Until::Ready);
    /// A sanitizer's report in the log of node or workers fails the test here and at a kill.
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;
    /// SIGTERM; the exit status.
    int stop();
    /// SIGKILL to the node alone.
    void kill_node();
    void kill_worker() { signal_worker(SIGKILL); }
    /// To every worker of the running node: SIGSTOP and SIGCONT freeze what a test looks at.
    void signal_worker(int number);
    /// The node's children: its workers.
    std::vector<pid_t> workers() const;
    bool running() { return process_ && process_->running(); }
    int dicom_port() const { return dicom_port_; }
    int dicom_tls_port() const { return dicom_tls_port_; }
    /// SIGHUP: it reads its configuration and certificates again.
    void reload() { process_->signal(SIGHUP); }
    Json api(const std::string& path) const { return Json::parse(page(path)); }
    /// What its HTTP interface answers.
    std::string page(const std::string& path) const;
    Json jobs() const { return api("/api/v1/jobs").at("jobs"); }
    /// Waits until every job is in a final state (and there is one); false on time-out.
    bool settled(std::size_t jobs_min, std::chrono::seconds limit) const;
    std::string log() const { return read_file(setup_.folder / "node.log"); }
    std::filesystem::path config() const { return setup_.folder / "node.json"; }
    std::filesystem::path data_dir() const {
        return setup_.data_dir.empty() ? setup_.folder / "data" : setup_.data_dir;
    }
    pid_t pid() const { return process_->pid(); }

  private:
    void expect_no_sanitizer_report();

    NodeSetup setup_;
    std::unique_ptr<Process> process_;
    int dicom_port_ = 0, dicom_tls_port_ = 0, http_port_ = 0;  // 0: not open
    std::size_t log_start_ = 0, judged_ = 0;
};

/// The first column of what a query of the node's database gives.
std::vector<std::string> column(const Node& node, const std::string& sql);

/// Waits like Node::settled. A kill between the last acknowledgement and the end of its association
/// leaves a series held, since the node cannot know that nothing was missing: those are released,
/// as a technologist would.
bool settled_with_releases(const Node& node, std::size_t jobs, std::chrono::seconds limit);

/// storescu of files or folders to a port; exit status.
int store(const std::vector<std::string>& inputs, int port,
          const std::vector<std::string>& options = {"-R", "-nh"});

/// First place from `start` where a log holds a report of a sanitizer; npos where it holds none.
std::size_t sanitizer_report(const std::string& log, std::size_t start = 0);

/// Error lines of dciodvfy over files; empty where all pass. That it could not judge a file is an
/// error too.
std::vector<std::string> dciodvfy_errors(const std::vector<std::filesystem::path>& files);

/// What dcentvfy says about objects that describe one patient, study, equipment ... differently.
struct Disagreements {
    bool judged = false;  ///< it ran to its end and could read every file
    std::vector<std::string> lines;
};
Disagreements dcentvfy(const std::vector<std::filesystem::path>& files);

std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

}  // namespace iqt::integration
