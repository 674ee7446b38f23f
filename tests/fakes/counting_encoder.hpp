// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/core/ports.hpp"

namespace iqt::fakes {

class EmptyHeader final : public SourceHeader {
  public:
    std::optional<std::string> value(std::string_view) const override { return std::nullopt; }
};

/// An encoder whose objects are a few bytes that name kind and slice.
class CountingEncoder final : public ResultEncoder {
  public:
    Result<std::vector<EncodedSeries>> encode(const SourceSeries& source,
                                              const DerivedImages& images) const override {
        std::vector<EncodedSeries> all;
        const auto add = [&](OutputKind kind, std::size_t count) {
            EncodedSeries series;
            series.kind = kind;
            series.series_uid =
                source.series_uid + "." + std::to_string(static_cast<int>(kind) + 1);
            for (std::size_t n = 0; n < count; ++n)
                series.instances.push_back({"1.2.840.10008.5.1.4.1.1.4",
                                            series.series_uid + "." + std::to_string(n + 1),
                                            std::string(to_string(kind)) + std::to_string(n)});
            all.push_back(std::move(series));
        };
        if (images.enhanced) {
            add(OutputKind::Warning, images.warning.size());
            if (images.summary) add(OutputKind::Summary, 1);
            add(OutputKind::Enhanced,
                static_cast<std::size_t>(images.enhanced->grid.geometry.size[2]));
        }
        if (images.notice) add(OutputKind::Notice, 1);
        return all;
    }
};

}  // namespace iqt::fakes
