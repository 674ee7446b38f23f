// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dicom/part10.hpp"

/// Internal to dicom/.
namespace iqt::dicom {

/// What the queue decides by, from an object whose structure has been checked; no DCMTK involved.
/// Errors: InvalidInput as read_instance_facts says.
Result<InstanceFacts> instance_facts(const Part10& object);

}  // namespace iqt::dicom
