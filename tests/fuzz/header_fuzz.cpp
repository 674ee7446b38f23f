// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dicom/instance_header.hpp"
#include "pipeline/core/assert.hpp"

// Any bytes are an instance with its identifiers or an error in words.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool kReady = (iqt::dicom::initialise(), true);
    IQT_ASSERT(kReady);
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const iqt::Result<iqt::InstanceFacts> facts = iqt::dicom::read_instance_facts(bytes);
    if (facts) {
        IQT_ASSERT(!facts->sop_class_uid.empty() && !facts->sop_instance_uid.empty());
        IQT_ASSERT(!facts->study_uid.empty() && !facts->series_uid.empty());
    } else {
        IQT_ASSERT(!facts.error().what.empty());
    }
    return 0;
}
