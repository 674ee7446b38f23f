// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "dicom/instance_header.hpp"
#include "pipeline/queue/sqlite_store.hpp"
#include "server/commands/commands.hpp"
#include "server/configuration.hpp"
#include "server/exit_code.hpp"
#include "server/http/job_json.hpp"
#include "server/options.hpp"

namespace iqt::server::commands {
namespace {

struct QueueArguments {
    std::string config, state;
    std::int64_t id = 0;
    int limit = 100;
    bool json = false, override_reasons = false;
};

using Store = queue::SqliteStore;
using Verb = int (*)(Store&, const QueueArguments&);

int report(const Error& error) {
    std::fprintf(stderr, "iqt-node queue: %s\n", to_string(error).c_str());
    return exit_code_of(error);
}

void print_row(const queue::JobRow& job) {
    std::printf("%6lld  %-10s %-6s rev %-2d %4d inst  %s  %s  %s\n",
                static_cast<long long>(to_int(job.id)), std::string(to_string(job.state)).c_str(),
                std::string(to_string(job.priority)).c_str(), job.revision, job.instances,
                http::utc_text(job.updated_utc_ms).c_str(), job.calling_ae.c_str(),
                job.reasons.empty() ? "" : job.reasons.front().c_str());
}

int list(Store& store, const QueueArguments& given) {
    queue::JobFilter filter;
    filter.limit = given.limit;
    if (!given.state.empty()) {
        filter.state = job_state_from(given.state);
        if (!filter.state) {
            std::fprintf(stderr, "iqt-node queue: \"%s\" is no job state\n", given.state.c_str());
            return kUsage;
        }
    }
    const auto rows = store.list(filter);
    if (!rows) return report(rows.error());
    if (given.json) {
        http::Json all = http::Json::array();
        for (const queue::JobRow& row : *rows) all.push_back(http::job_json(row));
        std::printf("%s", http::text_of(all).c_str());
        return kDone;
    }
    for (const queue::JobRow& row : *rows) print_row(row);
    if (rows->empty()) std::printf("no jobs\n");
    return kDone;
}

void print_detail(const queue::JobDetail& detail) {
    const queue::JobRow& job = detail.job;
    print_row(job);
    std::printf("  series %s  from %s (%s) to %s  route %s  model %s  attempt %d\n",
                job.series_digest.c_str(), job.calling_ae.c_str(), job.peer_address.c_str(),
                job.called_ae.c_str(), job.route.c_str(), job.model_id.c_str(), job.attempt);
    for (const std::string& reason : job.reasons) std::printf("  because %s\n", reason.c_str());
    for (const queue::DeliveryRow& row : detail.deliveries)
        std::printf("  to %-12s %-13s %-10s %4d inst  %d attempts  %s\n", row.destination.c_str(),
                    std::string(to_string(row.kind)).c_str(), row.state.c_str(), row.instances,
                    row.attempts, row.message.c_str());
    for (const queue::JobEvent& event : detail.events)
        std::printf("  %s  %-12s %s\n", http::utc_text(event.at_utc_ms).c_str(),
                    event.event.c_str(), event.detail.c_str());
}

int show(Store& store, const QueueArguments& given) {
    const auto detail = store.show(JobId{given.id});
    if (!detail) return report(detail.error());
    if (given.json)
        std::printf("%s", http::text_of(http::detail_json(*detail)).c_str());
    else
        print_detail(*detail);
    return kDone;
}

int after(const Status& done, Store& store, const QueueArguments& given) {
    return done ? show(store, given) : report(done.error());
}

int retry(Store& store, const QueueArguments& given) {
    return after(store.retry(JobId{given.id}), store, given);
}
int cancel(Store& store, const QueueArguments& given) {
    return after(store.cancel(JobId{given.id}), store, given);
}
int urgent(Store& store, const QueueArguments& given) {
    return after(store.urgent(JobId{given.id}), store, given);
}
int release(Store& store, const QueueArguments& given) {
    return after(store.release(JobId{given.id}, {given.override_reasons}), store, given);
}

int with_store(Verb verb, const QueueArguments& given) {
    const auto config = read_config(given.config);
    if (!config) return kConfiguration;
    dicom::initialise();
    const SystemClock clock;
    if (!std::filesystem::is_directory(config->node.data_dir))
        return report({ErrorKind::NotFound, "there is no data folder", config->node.data_dir,
                       "name the node's configuration with --config"});
    auto store = Store::open(store_options(*config, queue::Opener::Other), clock);
    if (!store) return report(store.error());
    return verb(**store, given);
}

struct VerbEntry {
    const char* name;
    const char* help;
    Verb verb;
};

constexpr std::array<VerbEntry, 6> kVerbs{{
    {"list", "the newest jobs", list},
    {"show", "one job: reasons, deliveries, history", show},
    {"retry", "work on a failed, dead or declined job again, or send again what waits", retry},
    {"cancel", "stop a job; what was sent stays sent", cancel},
    {"urgent", "put a job in front of all others", urgent},
    {"release", "let a held job go on as it is", release},
}};

}  // namespace

void add_queue(CLI::App& app, Action& chosen) {
    CLI::App* command = app.add_subcommand("queue", "look at the jobs and act on them");
    command->require_subcommand(1);
    command->fallthrough();  // --config may stand after the verb
    auto given = std::make_shared<QueueArguments>();
    command->add_option("--config", given->config, "the node's configuration")->type_name("FILE");
    command->add_flag("--json", given->json, "print JSON");
    for (const VerbEntry& entry : kVerbs) {
        const std::string name = entry.name;
        CLI::App* verb = command->add_subcommand(name, entry.help);
        if (name == "list") {
            verb->add_option("--state", given->state, "only jobs in this state");
            verb->add_option("--limit", given->limit)->check(CLI::Range(1, 100'000));
        } else {
            verb->add_option("ID", given->id)->required()->check(CLI::PositiveNumber);
        }
        if (name == "release")
            verb->add_flag("--override", given->override_reasons,
                           "enhance although declined, where that is safe; marked on every image");
        verb->callback([run = entry.verb, given, &chosen] {
            chosen = [run, given] { return with_store(run, *given); };
        });
    }
}

}  // namespace iqt::server::commands
