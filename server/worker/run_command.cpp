// SPDX-License-Identifier: Apache-2.0
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "dicom/encoder.hpp"
#include "dicom/instance_header.hpp"
#include "dicom/series_reader.hpp"
#include "pipeline/log/log.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "pipeline/worker/notice_maker.hpp"
#include "pipeline/worker/worker.hpp"
#include "server/configuration.hpp"
#include "server/exit_code.hpp"
#include "server/options.hpp"
#include "server/planner.hpp"
#include "server/worker/commands.hpp"
#include "server/worker/orders.hpp"

namespace iqt::server::worker {
namespace {

using log::Level;

struct RunArguments {
    std::string config, device = "auto", name = "worker";
};

iqt::worker::WorkerOptions worker_options(const config::Config& config, const std::string& name) {
    iqt::worker::WorkerOptions options;
    options.name = name;
    options.data_dir = config.node.data_dir;
    options.lease_ms = config.inference.lease_s * std::int64_t{1000};
    return options;
}

// Works in a thread of its own, while this one follows orders.
int work(iqt::worker::Worker& worker, Orders& orders) {
    int code = kDone;
    std::jthread working([&](std::stop_token stop) {
        try {
            orders.report('r');
            worker.run(std::move(stop));
        } catch (const std::exception& caught) {  // the one catch of this thread
            log::event(Level::Error, "worker.failed",
                       Error{ErrorKind::Internal, caught.what(), "worker", "report this"});
            code = kFailed;
        }
        orders.work_ended();
    });
    orders.follow([&worker] { worker.wake(); });
    working.request_stop();
    working.join();
    return code;
}

int run(const RunArguments& given) {
    Orders orders;
    const auto config = read_config(given.config);
    if (!config) return kConfiguration;
    log::set_level(config->log.level);
    dicom::initialise();
    const SystemClock clock;
    queue::StoreOptions options = store_options(*config, queue::Opener::Other);
    options.notify = [&orders] { orders.report('j'); };
    auto store = queue::SqliteStore::open(std::move(options), clock);
    if (!store) {
        log::event(Level::Error, "worker.not_started", store.error(), {{"worker", given.name}});
        return exit_code_of(store.error());
    }
    ModelShelf shelf(models_folder(*config), learned_on(device_options(*config, given.device)));
    const dicom::DicomSeriesReader reader;
    const dicom::DicomEncoder encoder(encoder_options(*config), clock);
    const auto own = worker_options(*config, given.name);
    iqt::worker::NoticeMaker notices(own, **store, reader, encoder, make_route_planner(*config));
    iqt::worker::Worker worker(own, **store, reader, encoder, make_planner(*config, {}, shelf),
                               &notices);
    return work(worker, orders);
}

}  // namespace

void add_run(CLI::App& app, commands::Action& chosen) {
    CLI::App* command = app.add_subcommand(
        "run", "claim and work on jobs until stdin ends; started by `iqt-node serve`");
    auto given = std::make_shared<RunArguments>();
    command->add_option("--config", given->config)->required()->type_name("FILE");
    command->add_option("--device", given->device, "auto, cpu or cuda:N");
    command->add_option("--name", given->name, "owner of the leases");
    command->callback([given, &chosen] { chosen = [given] { return run(*given); }; });
}

}  // namespace iqt::server::worker
