// SPDX-License-Identifier: Apache-2.0
#pragma once

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
    std::filesystem::path folder;    ///< holds config, data and log
    int dicom_port = 0;              ///< 0: any
    std::string model;               ///< route's model id; empty: by contrast
    std::vector<std::string> outputs{"enhanced", "warning"};
    int pacs_port = 0;               ///< 0: no destination
    Json extra = Json::object();     ///< merged over the configuration
    std::vector<std::string> env = {};
};

/// `iqt-node serve` on loopback; accepts any peer of 127.0.0.1.
class Node {
  public:
    explicit Node(NodeSetup setup);
    void start();
    /// SIGTERM; the exit status.
    int stop();
    /// SIGKILL to the node alone or with its workers.
    void kill_node();
    void kill_worker();
    bool running() { return process_ && process_->running(); }
    int dicom_port() const { return dicom_port_; }
    Json api(const std::string& path) const;
    Json jobs() const { return api("/api/v1/jobs").at("jobs"); }
    /// Waits until every job is in a final state (and there is one); false on time-out.
    bool settled(std::size_t jobs_min, std::chrono::seconds limit) const;
    std::string log() const { return read_file(setup_.folder / "node.log"); }
    std::filesystem::path config() const { return setup_.folder / "node.json"; }
    std::filesystem::path data_dir() const { return setup_.folder / "data"; }

  private:
    NodeSetup setup_;
    std::unique_ptr<Process> process_;
    int dicom_port_ = 0, http_port_ = 0;
    std::size_t log_start_ = 0;
};

/// storescu of files or folders to a port; exit status.
int store(const std::vector<std::string>& inputs, int port,
          const std::vector<std::string>& options = {"-R", "-nh"});

/// Error lines of dciodvfy over files; empty where all pass.
std::vector<std::string> dciodvfy_errors(const std::vector<std::filesystem::path>& files);

std::vector<std::filesystem::path> files_below(const std::filesystem::path& folder);

}  // namespace iqt::integration
