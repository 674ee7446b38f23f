// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "config/config.hpp"
#include "dicom/encoder.hpp"
#include "dicom/net/store_scp.hpp"
#include "models/package.hpp"
#include "pipeline/core/delivery.hpp"
#include "pipeline/queue/store_options.hpp"

/// From the configuration to each room's own options; no room sees the configuration itself.
namespace iqt::server {

queue::StoreOptions store_options(const config::Config& config, queue::Opener opener);
dicom::net::StoreScpOptions scp_options(const config::Config& config);
/// Who may open associations, and the files of the listener's TLS: what can change while it runs.
dicom::net::AssociationPolicyOptions policy_options(const config::Config& config);
dicom::net::TlsFiles listener_tls_files(const config::Config& config);
/// The files for TLS towards one destination; where it names none of its own, those of `dicom.tls`.
dicom::net::TlsFiles sender_tls_files(const config::Config& config, const std::string& name);
dicom::EncoderOptions encoder_options(const config::Config& config);
models::DeviceOptions device_options(const config::Config& config, const std::string& device);
Destination destination_of(const config::Config& config, const std::string& name);

/// Where model packages are looked for.
std::filesystem::path models_folder(const config::Config& config);
/// Where the listener keeps large objects while they arrive; below the data folder.
std::filesystem::path incoming_folder(const config::Config& config);
/// The configuration in force, as the workers read it; below the data folder.
std::filesystem::path effective_config_file(const config::Config& config);

}  // namespace iqt::server
