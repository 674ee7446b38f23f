// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <sys/resource.h>

#include "dicom/net/store_scp.hpp"
#include "pipeline/core/ports.hpp"
#include "tests/fakes/temp_folder.hpp"

namespace iqt::dicom::net {

/// All regular files below a folder.
std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder);

/// Keeps what it is given; answers as it is told. Waits are bounded, and fail the test.
class FakeSink final : public InstanceSink {
  public:
    Status admit(std::uint64_t size_bytes) override;
    Result<Receipt> accept(ReceivedInstance instance) override;
    void object_cut_off(std::string_view association_id, std::string_view series_uid) override;
    void association_ended(std::string_view association_id, AssociationEnd how) override;
    void connection_refused(ConnectionRefusal why) override;

    void refuse_admission(std::optional<Error> error);
    void refuse_accept(std::optional<Error> error);
    /// Called inside `accept`, before it returns.
    void on_accept(std::function<void()> hook);
    std::vector<ReceivedInstance> received() const;
    /// The series of which an object was cut off.
    std::vector<std::string> cut_off() const;
    /// The ends of associations so far, after waiting for at least `count` of them.
    std::vector<AssociationEnd> ends(std::size_t count);
    /// Who was not let in so far, after waiting for at least `count` of them.
    std::vector<ConnectionRefusal> refusals(std::size_t count);

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Error> admission_error_, accept_error_;
    std::function<void()> hook_;
    std::vector<ReceivedInstance> received_;
    std::vector<std::string> cut_off_;
    std::vector<AssociationEnd> ends_;
    std::vector<ConnectionRefusal> refusals_;
};

/// Options that suit a test: any free port of the loopback, short time limits.
StoreScpOptions test_options(const std::filesystem::path& spill_dir);

/// A listener that runs on a thread of its own until it is stopped or destroyed.
class RunningScp {
  public:
    RunningScp(StoreScpOptions options, InstanceSink& sink);
    int port() const { return scp_.port().value_or(0); }
    int tls_port() const { return scp_.tls_port().value_or(0); }
    Status admit(const AssociationPolicyOptions& policy, const TlsFiles& files) {
        return scp_.admit(policy, files);
    }
    void request_stop() { thread_.request_stop(); }
    void join() { thread_.join(); }

  private:
    StoreScp scp_;
    std::jthread thread_;
};

/// Limits the size of files that this process may write, while it lives.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes);
    ~FileSizeLimit();
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    rlimit before_{};
    void (*handler_)(int);
};

inline constexpr const char* kCalledAe = "IQTNODE";
inline constexpr const char* kCallingAe = "MODALITY";
inline constexpr const char* kSeriesUid = "1.2.826.0.1.3680043.10.511.9.2";  ///< of `make_mr`

/// A small MR image with invented identity. `side` pixels in each direction, 16 bit.
std::unique_ptr<DcmFileFormat> make_mr(const std::string& sop_instance_uid, int side = 16);
/// The data set of `make_mr` as it goes over the wire.
std::string encode(DcmFileFormat& file, E_TransferSyntax syntax = EXS_LittleEndianExplicit);
/// Writes `make_mr` into a folder.
std::filesystem::path write_mr(const std::filesystem::path& folder,
                               const std::string& sop_instance_uid, int side = 16);

}  // namespace iqt::dicom::net
