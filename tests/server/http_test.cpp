// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/http/api.hpp"
#include "server/http/listener.hpp"
#include "tests/server/http_client.hpp"

namespace iqt::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// One job that can be acted on; everything else of the store is out of reach of HTTP.
class OneJobStore final : public queue::JobStore, public queue::DeliveryStore {
  public:
    OneJobStore() {
        job.id = JobId{7};
        job.state = JobState::Declined;
        job.series_digest = "abcd1234";
        job.study_uid = "1.2.3.SECRET.STUDY";
        job.series_uid = "1.2.3.SECRET.SERIES";
        job.calling_ae = "SWOOP1";
        job.reasons = {"too few slices \xff"};
        job.summary_json = R"({"noise_sd": 2.5})";
    }
    queue::JobRow job;
    std::vector<std::string> actions;
    queue::JobFilter last_filter;
    bool broken = false;

    Result<std::vector<queue::JobRow>> list(const queue::JobFilter& filter) override {
        last_filter = filter;
        return std::vector{job};
    }
    Result<queue::JobDetail> show(JobId id) override {
        if (id != job.id)
            return fail(ErrorKind::NotFound, "no such job", std::to_string(to_int(id)));
        return queue::JobDetail{job, {{1'700'000'000'123, "declined", "x"}}, {}};
    }
    Status retry(JobId id) override { return act("retry", id); }
    Status cancel(JobId) override { return fail(ErrorKind::Conflict, "it is in work"); }
    Status urgent(JobId id) override { return act("urgent", id); }
    Status release(JobId id, queue::ReleaseOptions options) override {
        return act(options.override_reasons ? "override" : "release", id);
    }
    Result<std::vector<std::pair<JobState, std::int64_t>>> counts() override {
        if (broken) return fail(ErrorKind::Io, "the disk is gone");
        return std::vector<std::pair<JobState, std::int64_t>>{{JobState::Declined, 1}};
    }
    Result<std::optional<queue::Claim>> claim(std::string_view, std::int64_t) override {
        return std::optional<queue::Claim>();
    }
    Status heartbeat(const queue::Claim&, std::int64_t) override { return {}; }
    Result<SeriesSnapshot> snapshot(const queue::Claim&) override { return SeriesSnapshot{}; }
    Status finish_derived(const queue::Claim&, const queue::DerivedRecord&) override { return {}; }
    Status finish_declined(const queue::Claim&, const std::vector<std::string>&,
                           const queue::DerivedRecord&) override {
        return {};
    }
    Status finish_failed(const queue::Claim&, const Error&) override { return {}; }
    Status give_back(const queue::Claim&) override { return {}; }
    Status release_worker(std::string_view, queue::WorkerEnd) override { return {}; }
    Result<Tick> tick() override { return Tick{}; }
    Result<int> forget(int) override { return 0; }
    Result<std::optional<Batch>> due(std::string_view) override { return std::optional<Batch>(); }
    Status record(const SendOutcome&) override { return {}; }
    Result<std::optional<std::int64_t>> next_due_utc_ms(std::string_view) override {
        return std::optional<std::int64_t>(0);
    }

  private:
    Status act(const char* what, JobId id) {
        if (id != job.id) return fail(ErrorKind::NotFound, "no such job");
        actions.emplace_back(what);
        return {};
    }
};

class Http : public testing::Test {
  protected:
    Http() {
        view.listening = true;
        view.dicom_port = 104;
        view.workers = {{"worker-0", "cpu", true, 1}};
        view.destinations = {{"pacs", {"ORTHANC", "10.0.0.1", 104, 60, {}}}};
        options.header_bytes_max = 2'000;
        options.body_bytes_max = 100;
    }
    void start() {
        listener.emplace(options,
                         [this](const http::Request& request) { return api.handle(request); });
        ASSERT_TRUE(listener->listen());
        thread = std::jthread([this](std::stop_token stop) { listener->run(std::move(stop)); });
    }
    int port() const { return listener->port(); }
    Answer get(const std::string& target) { return ask(port(), "GET", target); }

    OneJobStore store;
    Metrics metrics;
    http::NodeView view;
    int changes = 0;
    http::Api api{{store, store, metrics, [this] { return view; },
                   [] {
                       models::PackageList list;
                       list.packages.emplace_back().info.id = "cubic";
                       list.broken.push_back({ErrorKind::Corrupt, "a digest differs", "x", ""});
                       return list;
                   },
                   [this] { ++changes; }}};
    http::ListenerOptions options;
    std::optional<http::Listener> listener;
    std::jthread thread;
};

TEST_F(Http, HealthAndReadiness) {
    start();
    EXPECT_EQ(get("/healthz").status, 200);
    EXPECT_EQ(get("/readyz").status, 200);
    EXPECT_TRUE(json::parse(get("/readyz").body)["checks"]["worker"].get<bool>());
}

TEST_F(Http, NotReadyWithoutStoreListenerOrWorker) {
    start();
    view.workers[0].ready = false;
    EXPECT_EQ(get("/readyz").status, 503);
    EXPECT_EQ(get("/healthz").status, 200);
    view.workers[0].ready = true;
    view.listening = false;
    EXPECT_EQ(get("/readyz").status, 503);
    view.listening = true;
    view.state = "stopping";
    EXPECT_EQ(get("/readyz").status, 503);
    view.state = "running";
    store.broken = true;
    EXPECT_EQ(get("/readyz").status, 503);
    EXPECT_EQ(get("/api/v1/status").status, 500);
}

TEST_F(Http, ListsJobsWithoutUids) {
    start();
    const Answer answer = get("/api/v1/jobs?state=declined&limit=1&after=9");
    ASSERT_EQ(answer.status, 200);
    const json body = json::parse(answer.body);
    EXPECT_EQ(body["jobs"][0]["id"], 7);
    EXPECT_EQ(body["jobs"][0]["state"], "declined");
    EXPECT_EQ(body["jobs"][0]["summary"]["noise_sd"], 2.5);
    EXPECT_EQ(body["next_after"], 7);
    EXPECT_THAT(answer.body, Not(HasSubstr("SECRET")));
    EXPECT_EQ(store.last_filter.state, JobState::Declined);
    EXPECT_EQ(store.last_filter.after, JobId{9});
}

TEST_F(Http, RefusesQueriesItDoesNotKnow) {
    start();
    for (const char* query : {"state=sleeping", "limit=0", "limit=1001", "limit=x", "after=-1",
                              "stat=declined", "limit=%zz"})
        EXPECT_EQ(get(std::string("/api/v1/jobs?") + query).status, 400) << query;
}

TEST_F(Http, ShowsOneJob) {
    start();
    const Answer answer = get("/api/v1/jobs/7");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(json::parse(answer.body)["events"][0]["at"], "2023-11-14T22:13:20.123Z");
    EXPECT_THAT(answer.body, Not(HasSubstr("SECRET")));
    EXPECT_EQ(get("/api/v1/jobs/8").status, 404);
}

TEST_F(Http, ActsOnJobs) {
    start();
    EXPECT_EQ(ask(port(), "POST", "/api/v1/jobs/7/retry").status, 200);
    EXPECT_EQ(ask(port(), "POST", "/api/v1/jobs/7/urgent").status, 200);
    EXPECT_EQ(ask(port(), "POST", "/api/v1/jobs/7/release").status, 200);
    EXPECT_EQ(ask(port(), "POST", "/api/v1/jobs/7/release?override=true").status, 200);
    EXPECT_EQ(ask(port(), "POST", "/api/v1/jobs/7/cancel").status, 409);
    EXPECT_EQ(ask(port(), "POST", "/api/v1/jobs/8/retry").status, 404);
    thread.request_stop();
    thread.join();
    EXPECT_THAT(store.actions, testing::ElementsAre("retry", "urgent", "release", "override"));
    EXPECT_EQ(changes, 4);
}

TEST_F(Http, RefusesActionsOfOtherSitesAndForeignHostNames) {
    start();
    EXPECT_EQ(ask(port(), "POST", "/api/v1/jobs/7/retry", "Origin: http://evil.example\r\n").status,
              403);
    EXPECT_EQ(ask(port(), "POST", "/api/v1/jobs/7/retry",
                  "Origin: http://127.0.0.1:" + std::to_string(port()) + "\r\n")
                  .status,
              200);
    const std::string rebound = exchange_raw(
        port(), "GET /api/v1/jobs HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(rebound, HasSubstr("HTTP/1.1 421"));
    EXPECT_THAT(rebound, Not(HasSubstr("abcd1234")));
}

TEST_F(Http, UnknownPathsAre404AndOtherMethods405) {
    start();
    for (const char* path : {"/", "/api", "/api/v1/job", "/api/v1/jobs/x", "/api/v1/jobs/7/eat",
                             "/api/v1/jobs/7/retry/now", "/healthz/x"})
        EXPECT_EQ(get(path).status, 404) << path;
    const Answer answer = ask(port(), "POST", "/api/v1/jobs");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.allow, "GET, HEAD");
    EXPECT_EQ(ask(port(), "GET", "/api/v1/jobs/7/retry").status, 405);
    EXPECT_EQ(ask(port(), "DELETE", "/api/v1/jobs/7").status, 405);
    EXPECT_EQ(ask(port(), "BREW", "/healthz").status, 405);
}

TEST_F(Http, HeadHasNoBody) {
    start();
    const Answer answer = ask(port(), "HEAD", "/healthz");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
}

TEST_F(Http, ServesMetricsModelsAndDestinations) {
    start();
    metrics.instance_received(100, Metrics::Kept::New);
    metrics.instance_sent("pacs", SendResult::Accepted);
    const Answer text = get("/metrics");
    EXPECT_EQ(text.content_type, kMetricsMediaType);
    EXPECT_THAT(text.body, HasSubstr("iqt_instances_received_total{kind=\"new\"} 1"));
    EXPECT_THAT(text.body, HasSubstr("iqt_received_bytes_total 100"));
    EXPECT_THAT(text.body, HasSubstr("iqt_jobs{state=\"declined\"} 1"));
    EXPECT_THAT(text.body, HasSubstr("iqt_jobs{state=\"dead\"} 0"));
    EXPECT_THAT(text.body, HasSubstr("iqt_worker_alive{worker=\"worker-0\"} 1"));
    EXPECT_THAT(text.body, HasSubstr("iqt_ready 1"));
    EXPECT_EQ(json::parse(get("/api/v1/models").body)["models"][0]["id"], "cubic");
    EXPECT_EQ(json::parse(get("/api/v1/models").body)["broken"].size(), 1U);
    EXPECT_EQ(json::parse(get("/api/v1/destinations").body)["destinations"][0]["name"], "pacs");
    EXPECT_EQ(json::parse(get("/api/v1/status").body)["jobs"]["declined"], 1);
}

TEST_F(Http, AnswersMalformedRequestsWith400) {
    start();
    for (const char* bytes : {"NOT HTTP\r\n\r\n", "GET\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n",
                              "GET /healthz HTTP/1.1\r\nBad Header: x\r\n\r\n",
                              "POST /x HTTP/1.1\r\nContent-Length: nine\r\n\r\n"})
        EXPECT_THAT(exchange_raw(port(), bytes), HasSubstr("HTTP/1.1 400")) << bytes;
    EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(Http, HoldsItsLimits) {
    start();
    EXPECT_THAT(exchange_raw(port(), "GET /healthz HTTP/1.1\r\nX: " + std::string(5'000, 'x')),
                HasSubstr("HTTP/1.1 431"));
    EXPECT_THAT(exchange_raw(port(),
                             "POST /healthz HTTP/1.1\r\nHost: localhost\r\n"
                             "Content-Length: 101\r\n\r\n" +
                                 std::string(101, 'x')),
                HasSubstr("HTTP/1.1 413"));
    EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(Http, ServesMoreClientsThanItHasConnections) {
    options.max_connections = 1;
    start();
    for (int i = 0; i < 5; ++i) EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(Http, EndsASilentConnectionAfterItsTime) {
    options.timeout_s = 1;
    start();
    EXPECT_EQ(exchange_raw(port(), "GET /healthz HTTP/1.1\r\n"), "");
}

TEST_F(Http, KeepsAConnectionForSeveralRequests) {
    start();
    const std::string one = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
    const std::string both = exchange_raw(port(), one + "\r\n" + one + "Connection: close\r\n\r\n");
    EXPECT_NE(both.find("200 OK"), both.rfind("200 OK"));
}

TEST_F(Http, StopsWhileAConnectionIsOpen) {
    start();
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket(context);
    socket.connect(
        {boost::asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(port())});
    EXPECT_EQ(get("/healthz").status, 200);
    thread.request_stop();
    thread.join();
}

TEST_F(Http, DeliversSignals) {
    listener.emplace(options, [this](const http::Request& request) { return api.handle(request); });
    std::promise<int> signal;
    listener->watch_signals({SIGHUP}, [&](int number) { signal.set_value(number); });
    ASSERT_TRUE(listener->listen());
    thread = std::jthread([this](std::stop_token stop) { listener->run(std::move(stop)); });
    std::raise(SIGHUP);
    EXPECT_EQ(signal.get_future().get(), SIGHUP);
}

TEST_F(Http, SaysThatAPortIsTaken) {
    start();
    http::ListenerOptions same = options;
    same.port = port();
    http::Listener second(same, [](const http::Request&) { return http::Response{}; });
    const Status bound = second.listen();
    ASSERT_FALSE(bound);
    EXPECT_EQ(bound.error().where, "/http/port");
}

TEST(LoopbackHost, KnowsItsNames) {
    for (const char* host : {"localhost", "localhost:80", "127.0.0.1", "127.1.2.3:9", "[::1]:80"})
        EXPECT_TRUE(http::is_loopback_host(host)) << host;
    for (const char* host : {"", "evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]",
                             "[::1", "localhost.evil"})
        EXPECT_FALSE(http::is_loopback_host(host)) << host;
}

TEST(Target, IsTakenApart) {
    const auto target = http::parse_target("/a/b%20c?x=1&y=%41&x=2&flag");
    ASSERT_TRUE(target.valid);
    EXPECT_EQ(target.path, (std::vector<std::string>{"a", "b c"}));
    EXPECT_EQ(target.query.at("x"), "2");
    EXPECT_EQ(target.query.at("y"), "A");
    EXPECT_EQ(target.query.at("flag"), "");
    EXPECT_TRUE(http::parse_target("/").valid);
    for (const char* bad : {"", "a", "*", "/%", "/%4", "/%00", "/%g1", "http://x/"})
        EXPECT_FALSE(http::parse_target(bad).valid) << bad;
}

}  // namespace
}  // namespace iqt::server
