// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/fakes/temp_folder.hpp"
#include "tests/faults/audit.hpp"
#include "tests/faults/fault_switch.hpp"

namespace iqt::faults {

struct SceneSetup {
    std::filesystem::path data_dir = {};  ///< empty: below the scene's own folder
    bool second_destination = false;
    integration::Json extra = integration::Json::object();  ///< merged over the configuration
};

/// A node with the shim before it and its workers, one or two destinations, scanners, and the
/// ledger of what was acknowledged. Small series of two heads.
class Scene {
  public:
    explicit Scene(SceneSetup setup = {});
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    integration::Node& node() { return *node_; }
    integration::CountingPacs& pacs() { return pacs_; }
    integration::CountingPacs& second() { return *second_; }
    FaultSwitch& faults() { return *faults_; }
    Ledger& ledger() { return ledger_; }
    const std::filesystem::path& folder() const { return folder_.path(); }
    int port() const { return port_; }

    /// A fresh series with a number of its own, written to files.
    struct Made {
        integration::MadeSeries series;
        integration::WrittenSeries files;
    };
    Made make(bool enhanced = false);
    Made make(integration::MadeSeries series);
    /// Sends in the background until all of it was acknowledged.
    void send_in_background(const Made& made,
                            integration::Again again = integration::Again::WholeSeries);
    /// Sends until all of it was acknowledged or the time is up; whether it was.
    bool send(const Made& made, std::chrono::seconds limit = std::chrono::seconds(60));
    /// Waits until the scanners in the background have sent all; the node has to take it.
    void join_scanners();

    /// Starts the node, again and again where it dies on the way; throws after many times.
    void start(integration::Node::Until until = integration::Node::Until::Ready);
    /// SIGKILL where it still runs, and a start.
    void kill_and_start(integration::Node::Until until = integration::Node::Until::Ready);
    /// Starts the node where the shim has killed it; whether it had.
    bool start_if_gone();

    /// The newest job's state as the files hold it, looked at in a copy: a reader of the database
    /// itself would do the recovery that is the next node's to do. "none" where there is no job.
    std::string newest_state() const;

    /// Until all jobs are at their end; held ones are released, failed ones are tried again as a
    /// person would; false on time-out.
    bool rest(std::chrono::seconds limit = std::chrono::seconds(180));
    /// Comes to rest, then compares. What does not come to rest shows as stuck.
    Audit close(const Reference& reference);

  private:
    fakes::TempFolder folder_;
    int port_;
    int next_number_ = 0;
    integration::CountingPacs pacs_;
    std::unique_ptr<integration::CountingPacs> second_;
    std::unique_ptr<FaultSwitch> faults_;
    std::unique_ptr<integration::Node> node_;
    Ledger ledger_;
    std::vector<std::jthread> scanners_;  // last: they use what is above
};

/// The two heads as an undisturbed node enhances them.
Reference make_reference();

/// Milliseconds of rest: faults at random instants are what is wanted here.
void wait_ms(std::uint64_t ms);

}  // namespace iqt::faults
