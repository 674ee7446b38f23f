// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace iqt::models::nets {

/// Makes Torch use so many threads for what the calling thread starts; 0: as many as this process
/// may run on (Torch's own default counts cores its own way and took one of two here). The setting
/// belongs to the calling thread, so each thread that computes makes it.
void use_threads(int count);

/// Feature maps come and go by the hundred megabytes. glibc would map and clear fresh pages for
/// each (a third of the processor time of a pass, measured): from this call on they are kept on the
/// heap between layers, until malloc_trim.
void keep_pages_between_layers();

}  // namespace iqt::models::nets
