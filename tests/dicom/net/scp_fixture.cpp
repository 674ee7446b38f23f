// SPDX-License-Identifier: Apache-2.0
#include "tests/dicom/net/scp_fixture.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>

#include <dcmtk/dcmdata/dcostrmb.h>
#include <gtest/gtest.h>

namespace iqt::dicom::net {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) found.push_back(entry.path());
    return found;
}

Status FakeSink::admit(std::uint64_t) {
    const std::lock_guard lock(mutex_);
    if (admission_error_) return fail(*admission_error_);
    return {};
}

Result<Receipt> FakeSink::accept(ReceivedInstance instance) {
    std::function<void()> hook;
    {
        const std::lock_guard lock(mutex_);
        if (accept_error_) return fail(*accept_error_);
        received_.push_back(std::move(instance));
        hook = hook_;
    }
    if (hook) hook();
    return Receipt{};
}

void FakeSink::object_cut_off(std::string_view, std::string_view series_uid) {
    const std::lock_guard lock(mutex_);
    cut_off_.emplace_back(series_uid);
}

void FakeSink::association_ended(std::string_view, AssociationEnd how) {
    const std::lock_guard lock(mutex_);
    ends_.push_back(how);
    changed_.notify_all();
}

void FakeSink::connection_refused(ConnectionRefusal why) {
    const std::lock_guard lock(mutex_);
    refusals_.push_back(why);
    changed_.notify_all();
}

std::vector<ConnectionRefusal> FakeSink::refusals(std::size_t count) {
    std::unique_lock lock(mutex_);
    const bool came = changed_.wait_for(lock, std::chrono::seconds(30),
                                        [&] { return refusals_.size() >= count; });
    EXPECT_TRUE(came) << "nobody was refused";
    return refusals_;
}

void FakeSink::refuse_admission(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    admission_error_ = std::move(error);
}

void FakeSink::refuse_accept(std::optional<Error> error) {
    const std::lock_guard lock(mutex_);
    accept_error_ = std::move(error);
}

void FakeSink::on_accept(std::function<void()> hook) {
    const std::lock_guard lock(mutex_);
    hook_ = std::move(hook);
}

std::vector<ReceivedInstance> FakeSink::received() const {
    const std::lock_guard lock(mutex_);
    return received_;
}

std::vector<std::string> FakeSink::cut_off() const {
    const std::lock_guard lock(mutex_);
    return cut_off_;
}

std::vector<AssociationEnd> FakeSink::ends(std::size_t count) {
    std::unique_lock lock(mutex_);
    const bool came =
        changed_.wait_for(lock, std::chrono::seconds(30), [&] { return ends_.size() >= count; });
    EXPECT_TRUE(came) << "associations did not end";
    return ends_;
}

StoreScpOptions test_options(const std::filesystem::path& spill_dir) {
    StoreScpOptions options;
    options.policy = {kCalledAe, {{kCallingAe, {"127.0.0.1", "::1"}}}, false};
    options.address = "127.0.0.1";
    options.port = 0;
    options.object.spill_dir = spill_dir;
    options.acse_timeout_s = 20;
    options.dimse_timeout_s = 20;
    return options;
}

RunningScp::RunningScp(StoreScpOptions options, InstanceSink& sink)
    : scp_(std::move(options), sink) {
    const auto listening = scp_.listen();
    if (!listening) {
        ADD_FAILURE() << to_string(listening.error());
        return;
    }
    thread_ = std::jthread([this](std::stop_token stop) { scp_.run(std::move(stop)); });
}

FileSizeLimit::FileSizeLimit(rlim_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
}

FileSizeLimit::~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
}

std::unique_ptr<DcmFileFormat> make_mr(const std::string& sop_instance_uid, int side) {
    auto file = std::make_unique<DcmFileFormat>();
    DcmDataset& d = *file->getDataset();
    d.putAndInsertString(DCM_SOPClassUID, UID_MRImageStorage);
    d.putAndInsertString(DCM_SOPInstanceUID, sop_instance_uid.c_str());
    d.putAndInsertString(DCM_StudyInstanceUID, "1.2.826.0.1.3680043.10.511.9.1");
    d.putAndInsertString(DCM_SeriesInstanceUID, kSeriesUid);
    d.putAndInsertString(DCM_PatientName, "Phantom^Net");
    d.putAndInsertString(DCM_PatientID, "NET-0001");
    d.putAndInsertString(DCM_Modality, "MR");
    d.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\OTHER");
    d.putAndInsertUint16(DCM_SamplesPerPixel, 1);
    d.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME2");
    d.putAndInsertUint16(DCM_Rows, static_cast<Uint16>(side));
    d.putAndInsertUint16(DCM_Columns, static_cast<Uint16>(side));
    d.putAndInsertUint16(DCM_BitsAllocated, 16);
    d.putAndInsertUint16(DCM_BitsStored, 16);
    d.putAndInsertUint16(DCM_HighBit, 15);
    d.putAndInsertUint16(DCM_PixelRepresentation, 0);
    std::vector<Uint16> pixels(static_cast<std::size_t>(side) * static_cast<std::size_t>(side));
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<Uint16>(i * 7);
    d.putAndInsertUint16Array(DCM_PixelData, pixels.data(), pixels.size());
    return file;
}

std::string encode(DcmFileFormat& file, E_TransferSyntax syntax) {
    DcmDataset& d = *file.getDataset();
    const auto size = d.getLength(syntax, EET_ExplicitLength);
    std::string bytes(size, '\0');
    DcmOutputBufferStream out(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    d.transferInit();
    EXPECT_TRUE(d.write(out, syntax, EET_ExplicitLength, nullptr).good());
    d.transferEnd();
    return bytes;
}

std::filesystem::path write_mr(const std::filesystem::path& folder,
                               const std::string& sop_instance_uid, int side) {
    const auto path = folder / (sop_instance_uid + ".dcm");
    const auto file = make_mr(sop_instance_uid, side);
    EXPECT_TRUE(file->saveFile(path.c_str(), EXS_LittleEndianExplicit).good());
    return path;
}

}  // namespace iqt::dicom::net
