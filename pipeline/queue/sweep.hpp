// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/queue/store_state.hpp"

/// Private to the room: what kills leave behind and no row names. When the listener starts.
namespace iqt::queue {

/// Files of acceptances that were cut off before their row.
void sweep_objects(StoreState& state);

/// Folders results/<job>-<token> and results/<job>-notice-<notice>-<token> of attempts that ended
/// before their rows; never that of an attempt which still holds its lease, since its worker may be
/// writing.
void sweep_results(StoreState& state);

}  // namespace iqt::queue
