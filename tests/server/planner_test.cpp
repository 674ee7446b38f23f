// SPDX-License-Identifier: Apache-2.0
#include "server/planner.hpp"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dicom/instance_header.hpp"
#include "server/route_match.hpp"

namespace iqt::server {
namespace {

using testing::ElementsAre;

class Header final : public SourceHeader {
  public:
    explicit Header(std::map<std::string, std::string, std::less<>> values)
        : values_(std::move(values)) {}
    std::optional<std::string> value(std::string_view attribute) const override {
        const auto found = values_.find(attribute);
        if (found == values_.end()) return std::nullopt;
        return found->second;
    }

  private:
    std::map<std::string, std::string, std::less<>> values_;
};

SourceSeries series(std::map<std::string, std::string, std::less<>> values = {},
                    std::optional<Contrast> contrast = Contrast::T1) {
    SourceSeries made;
    made.header = std::make_shared<Header>(std::move(values));
    made.facts.contrast = contrast;
    return made;
}

models::Package package(const std::string& id, const std::string& architecture,
                        std::vector<Contrast> contrasts, const std::string& version = "1.0.0") {
    models::Package made;
    made.info.id = id;
    made.info.version = version;
    made.info.architecture = architecture;
    made.info.contrasts = std::move(contrasts);
    return made;
}

class NamedEnhancer final : public Enhancer {
  public:
    explicit NamedEnhancer(ModelInfo info) : info_(std::move(info)) {}
    const ModelInfo& info() const override { return info_; }
    Result<Enhancement> enhance(const Volume&, const EnhanceRequest&) override {
        return fail(ErrorKind::Internal, "not for use");
    }

  private:
    ModelInfo info_;
};

Result<std::unique_ptr<Enhancer>> make_named(const models::Package& from) {
    return std::unique_ptr<Enhancer>(new NamedEnhancer(from.info));
}

const std::vector<Contrast> kAll{Contrast::T1, Contrast::T2, Contrast::Flair};

models::PackageList installed() {
    models::PackageList list;
    list.packages = {package("cubic", "cubic", kAll), package("ur-b", "iqt_ur", {Contrast::T1}),
                     package("ur-a", "iqt_ur", {Contrast::T1}, "1.9.0"),
                     package("ur-a", "iqt_ur", {Contrast::T1}, "1.10.0")};
    return list;
}

config::Config routed(config::Route route) {
    config::Config config;
    config.destinations["pacs"] = {};
    config.destinations["archive"] = {};
    config.routes = {std::move(route)};
    return config;
}

config::Route route(const std::string& name) {
    config::Route made;
    made.name = name;
    return made;
}

Result<stages::Plan> plan(const config::Config& config, const SourceSeries& source,
                          ModelShelf& shelf, PlanOverrides overrides = {}) {
    return make_planner(config, std::move(overrides), shelf)(source);
}

TEST(TagTest, ComparesWithoutTheSpacesOfDicom) {
    config::TagTest test;
    test.equals = "Hyperfine";
    EXPECT_TRUE(fulfils(test, "Hyperfine "));
    EXPECT_FALSE(fulfils(test, "hyperfine"));
    EXPECT_FALSE(fulfils(test, "Hyperfine Inc"));
    EXPECT_FALSE(fulfils(test, ""));
}

TEST(TagTest, PrefixRegexAndEqualsMustAllHold) {
    config::TagTest test;
    test.prefix = "T2";
    test.regex = "AX(IAL)?$";
    EXPECT_TRUE(fulfils(test, "T2 AX"));
    EXPECT_TRUE(fulfils(test, "T2 AXIAL"));
    EXPECT_FALSE(fulfils(test, "T1 AX"));
    EXPECT_FALSE(fulfils(test, "T2 COR"));
}

TEST(TagTest, RangeHoldsForEveryValue) {
    config::TagTest test;
    test.range = config::Interval{0.05, 0.1};
    EXPECT_TRUE(fulfils(test, "0.064"));
    EXPECT_TRUE(fulfils(test, " +0.05 "));
    EXPECT_TRUE(fulfils(test, "0.06\\0.1"));
    EXPECT_FALSE(fulfils(test, "0.06\\0.2"));
    for (const char* text : {"", "x", "0.064T", "1.5", "nan", "0.064\\"})
        EXPECT_FALSE(fulfils(test, text)) << text;
}

TEST(TagTest, ALongValueDoesNotExhaustTheRegex) {
    config::TagTest test;
    test.regex = "(a|b)*c";
    EXPECT_FALSE(fulfils(test, std::string(1'000'000, 'a')));
}

TEST(Match, EmptyMatchesEverything) {
    EXPECT_TRUE(matches({}, series()));
    SourceSeries without_header;
    EXPECT_TRUE(matches({}, without_header));
}

TEST(Match, AnAbsentAttributeFulfilsNothing) {
    config::Match match;
    match.tags["SeriesDescription"].prefix = "";
    EXPECT_FALSE(matches(match, series()));
    EXPECT_TRUE(matches(match, series({{"SeriesDescription", ""}})));
    EXPECT_FALSE(matches(match, SourceSeries{}));
}

TEST(Match, AeTitles) {
    config::Match match;
    match.calling_ae_title = "SWOOP1";
    match.called_ae_title = "IQTNODE";
    SourceSeries source = series();
    EXPECT_FALSE(matches(match, source));
    source.calling_ae = "SWOOP1";
    source.called_ae = "IQTNODE ";
    EXPECT_TRUE(matches(match, source));
    source.calling_ae = "SWOOP2";
    EXPECT_FALSE(matches(match, source));
}

TEST(ModelShelf, PrefersALearnedPackageThatCoversTheContrast) {
    const ModelShelf shelf(installed(), make_named);
    EXPECT_EQ(shelf.choose(Contrast::T1, ""), "ur-a");
    EXPECT_EQ(shelf.choose(Contrast::T1, "ur-b"), "ur-b");
    EXPECT_EQ(shelf.choose(Contrast::T1, "cubic"), "cubic");
    EXPECT_EQ(shelf.choose(Contrast::T2, "ur-b"), "cubic");
}

TEST(ModelShelf, TakesTheNewestVersionOfAnId) {
    ModelShelf shelf(installed(), make_named);
    const auto enhancer = shelf.enhancer("ur-a");
    ASSERT_TRUE(enhancer);
    EXPECT_EQ((*enhancer)->info().version, "1.10.0");
    EXPECT_EQ(*enhancer, *shelf.enhancer("ur-a"));
}

TEST(ModelShelf, WithoutNetworksOnlyCubicIsChosenAndALearnedOneIsRefusedInWords) {
    ModelShelf shelf(installed(), {});
    EXPECT_EQ(shelf.choose(Contrast::T1, "ur-a"), "cubic");
    const auto refused = shelf.enhancer("ur-a");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::NotSupported);
    EXPECT_THAT(to_string(refused.error()), testing::HasSubstr("without networks"));
}

TEST(Planner, WithoutRoutesEverythingGoesEverywhere) {
    config::Config config;
    config.destinations["pacs"] = {};
    config.destinations["archive"] = {};
    config.inference.samples = 7;
    ModelShelf shelf(installed(), make_named);
    const auto made = plan(config, series(), shelf);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->route, "default");
    EXPECT_THAT(made->outputs, ElementsAre(OutputKind::Warning, OutputKind::Enhanced));
    EXPECT_THAT(made->destinations, ElementsAre("archive", "pacs"));
    EXPECT_EQ(made->samples, 7);
    EXPECT_FALSE(made->allowances.unknown_field_strength);
    ASSERT_NE(made->enhancer, nullptr);
    EXPECT_EQ(made->enhancer->info().id, "ur-a");
}

TEST(Planner, TheFirstMatchingRouteDecides) {
    config::Config config = routed(route("t2"));
    config.routes[0].match.tags["SeriesDescription"].prefix = "T2";
    config.routes.push_back(route("rest"));
    config.routes[1].model = "cubic";
    config.routes[1].outputs = {"notice",  "report",   "flags",      "enhanced",
                                "warning", "enhanced", "uncertainty"};
    config.routes[1].destinations = std::vector<std::string>{};
    config.routes[1].field_strength = "any";
    ModelShelf shelf(installed(), make_named);
    const auto made = plan(config, series({{"SeriesDescription", "T1"}}), shelf);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->route, "rest");
    EXPECT_THAT(made->outputs,
                ElementsAre(OutputKind::Warning, OutputKind::Enhanced, OutputKind::Notice,
                            OutputKind::Uncertainty, OutputKind::Flags, OutputKind::Report));
    EXPECT_TRUE(made->destinations.empty());
    EXPECT_TRUE(made->allowances.any_field_strength);
    EXPECT_FALSE(made->allowances.input_quality_declines) << "unless the route says so";
    EXPECT_EQ(made->enhancer->info().id, "cubic");
    EXPECT_EQ(plan(config, series({{"SeriesDescription", "T2 AX"}}), shelf)->route, "t2");
}

TEST(Planner, RoutesAloneAskForNoModel) {
    config::Config config = routed(route("t2"));
    config.routes[0].match.tags["SeriesDescription"].prefix = "T2";
    config.routes[0].model = "nowhere";
    config.routes[0].outputs = {"notice"};
    config.routes[0].destinations = std::vector<std::string>{"pacs"};
    const stages::Planner routes = make_route_planner(config);
    const auto made = routes(series({{"SeriesDescription", "T2 AX"}}, std::nullopt));
    ASSERT_TRUE(made);
    EXPECT_EQ(made->route, "t2");
    EXPECT_EQ(made->enhancer, nullptr);
    EXPECT_THAT(made->outputs, ElementsAre(OutputKind::Notice));
    EXPECT_THAT(made->destinations, ElementsAre("pacs"));
    EXPECT_EQ(routes(series({{"SeriesDescription", "T1"}})).error().kind, ErrorKind::NotFound);
}

TEST(Planner, NoMatchingRouteIsNotFound) {
    config::Config config = routed(route("only"));
    config.routes[0].match.calling_ae_title = "OTHER";
    ModelShelf shelf(installed(), make_named);
    const auto made = plan(config, series(), shelf);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::NotFound);
}

TEST(Planner, ARouteWithAnUnknownModelIsAConfigurationError) {
    config::Config config = routed(route("r"));
    config.routes[0].model = "nowhere";
    ModelShelf shelf(installed(), make_named);
    EXPECT_EQ(plan(config, series(), shelf).error().kind, ErrorKind::Config);
}

TEST(Planner, WithoutAContrastOrAFittingPackageThePlanHasNoEnhancer) {
    ModelShelf shelf(installed(), make_named);
    const auto unknown = plan({}, series({}, std::nullopt), shelf);
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->enhancer, nullptr);
    ModelShelf empty(models::PackageList{}, make_named);
    const auto none = plan({}, series(), empty);
    ASSERT_TRUE(none);
    EXPECT_EQ(none->enhancer, nullptr);
}

TEST(Planner, TheCommandLineOverridesRoutes) {
    config::Config config = routed(route("r"));
    config.routes[0].model = "ur-b";
    ModelShelf shelf(installed(), make_named);
    PlanOverrides overrides;
    overrides.model = "cubic";
    overrides.samples = 3;
    overrides.seed = 9;
    overrides.no_dicom_header = true;
    const auto made = plan(config, series(), shelf, overrides);
    ASSERT_TRUE(made);
    EXPECT_EQ(made->enhancer->info().id, "cubic");
    EXPECT_EQ(made->samples, 3);
    EXPECT_EQ(made->seed, 9U);
    EXPECT_TRUE(made->allowances.unknown_field_strength);
}

/// An Explicit VR Little Endian object that says nothing but its series description.
ObjectBytes described(std::string description) {
    if (description.size() % 2 != 0) description += ' ';
    std::string data_set("\x08\x00\x3e\x10LO", 6);
    data_set += static_cast<char>(description.size());
    data_set += '\0';
    data_set += description;
    ObjectBytes object;
    object.data = dicom::make_part10(data_set, "1.2.840.10008.5.1.4.1.1.4", "1.2.3",
                                     "1.2.840.10008.1.2.1", "STROKE");
    object.size = object.data.size();
    return object;
}

TEST(FirstPriority, IsThatOfTheFirstRouteThatMatchesTheFirstImage) {
    std::vector<config::Route> routes(3);
    routes[0].match.calling_ae_title = "STROKE";
    routes[0].match.tags["SeriesDescription"].prefix = "T2";
    routes[0].priority = "urgent";
    routes[1].match.called_ae_title = "NIGHT";
    routes[1].priority = "low";
    ReceivedInstance about;
    about.calling_ae = "STROKE";
    EXPECT_EQ(first_priority(routes, about, described("T2 AX")), Priority::Urgent);
    EXPECT_EQ(first_priority(routes, about, described("T1 AX")), Priority::Normal);
    about.called_ae = "NIGHT";
    EXPECT_EQ(first_priority(routes, about, described("T1 AX")), Priority::Low);
    ObjectBytes garbage;
    garbage.data = "not DICOM";
    garbage.size = garbage.data.size();
    EXPECT_EQ(first_priority(routes, about, garbage), Priority::Low) << "titles still match";
    EXPECT_EQ(first_priority({}, about, garbage), Priority::Normal);
}

}  // namespace
}  // namespace iqt::server
