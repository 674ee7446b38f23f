// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/counting_pacs.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmnet/scp.h>
#include <dcmtk/oflog/oflog.h>

#include "tests/integration/process.hpp"

namespace iqt::integration {
namespace {

std::size_t pixel_digest(DcmDataset& data) {
    DcmElement* pixels = nullptr;
    Uint8* bytes = nullptr;
    if (data.findAndGetElement(DCM_PixelData, pixels).bad()) return 0;
    const std::size_t length = pixels->getLength();
    if (pixels->getVR() == EVR_OB) {
        if (pixels->getUint8Array(bytes).bad()) return 0;
    } else {
        Uint16* words = nullptr;
        if (pixels->getUint16Array(words).bad()) return 0;
        bytes = reinterpret_cast<Uint8*>(words);
    }
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes), length});
}

std::string text_of(DcmDataset& data, const DcmTagKey& tag) {
    OFString text;
    data.findAndGetOFString(tag, text);
    return text.c_str();
}

}  // namespace

/// What outlives a stop.
struct CountingPacs::Memory {
    const int port = free_port();
    mutable std::mutex mutex;
    std::condition_variable changed;
    int hold_after = -1;
    std::string held;
    std::deque<std::uint16_t> statuses;
    int drop_every = 0, requests = 0;
    std::map<std::string, Stores> stores;

    void release() {
        {
            const std::lock_guard lock(mutex);
            held.clear();
            hold_after = -1;
        }
        changed.notify_all();
    }

    /// Notes a request; returns its answer when it may be given.
    std::uint16_t take(const std::string& uid, DcmDataset& data) {
        const auto now = std::chrono::steady_clock::now();
        std::unique_lock lock(mutex);
        Stores& one = stores[uid];
        if (one.requests++ == 0) one.first = now;
        one.last = now;
        one.pixels.insert(pixel_digest(data));
        one.sop_class_uid = text_of(data, DCM_SOPClassUID);
        one.study_uid = text_of(data, DCM_StudyInstanceUID);
        one.series_uid = text_of(data, DCM_SeriesInstanceUID);
        one.patient_id = text_of(data, DCM_PatientID);
        one.number = std::atoi(text_of(data, DCM_InstanceNumber).c_str());
        std::uint16_t status = STATUS_Success;
        if (!statuses.empty()) {
            status = statuses.front();
            statuses.pop_front();
        }
        if (status == STATUS_Success) ++one.accepted;
        if (hold_after >= 0 && hold_after-- == 0) {
            held = uid;
            changed.wait(lock, [this] { return held.empty(); });
        }
        return status;
    }

    bool drops_now() {
        const std::lock_guard lock(mutex);
        return drop_every > 0 && ++requests % drop_every == 0;
    }
};

class CountingPacs::Scp final : public DcmSCP {
  public:
    explicit Scp(Memory& memory) : memory_(memory) {
        setPort(static_cast<Uint16>(memory_.port));
        setAETitle("TESTPACS");
        setMaxReceivePDULength(131072);
        setConnectionBlockingMode(DUL_NOBLOCK);
        setConnectionTimeout(1);  // how often it looks whether to stop
        setRespondWithCalledAETitle(OFTrue);
        setHostLookupEnabled(OFFalse);
        OFList<OFString> syntaxes;
        syntaxes.push_back(UID_LittleEndianExplicitTransferSyntax);
        syntaxes.push_back(UID_LittleEndianImplicitTransferSyntax);
        for (const char* sop_class : {UID_VerificationSOPClass, UID_MRImageStorage,
                                      UID_EnhancedMRImageStorage, UID_SecondaryCaptureImageStorage})
            if (addPresentationContext(sop_class, syntaxes).bad())
                throw std::runtime_error("no presentation context");
        if (openListenPort().bad()) throw std::runtime_error("no port for the counting PACS");
        thread_ = std::jthread([this] { acceptAssociations(); });
    }

    ~Scp() override {
        stopping_ = true;
        memory_.release();
        thread_.join();
    }

  protected:
    OFCondition handleIncomingCommand(T_DIMSE_Message* message,
                                      const DcmPresentationContextInfo& context) override {
        if (message->CommandField != DIMSE_C_STORE_RQ)
            return DcmSCP::handleIncomingCommand(message, context);
        T_DIMSE_C_StoreRQ& request = message->msg.CStoreRQ;
        DcmDataset* received = nullptr;
        const OFCondition got =
            receiveSTORERequest(request, context.presentationContextID, received);
        const std::unique_ptr<DcmDataset> data(received);
        if (got.bad()) return got;
        const std::uint16_t status = memory_.take(request.AffectedSOPInstanceUID, *data);
        const OFCondition sent = sendSTOREResponse(context.presentationContextID, request, status);
        if (sent.good() && memory_.drops_now()) return EC_IllegalCall;  // it is aborted then
        return sent;
    }

    OFBool stopAfterConnectionTimeout() override { return stopping_; }
    OFBool stopAfterCurrentAssociation() override { return stopping_; }

  private:
    Memory& memory_;
    std::atomic<bool> stopping_ = false;
    std::jthread thread_;  // last: ends before what it uses
};

CountingPacs::CountingPacs() : memory_(std::make_unique<Memory>()) {
    ::setenv("TCP_NODELAY", "1", 1);  // DCMTK's way to be told
    OFLog::configure(OFLogger::WARN_LOG_LEVEL);
    start();
}
CountingPacs::~CountingPacs() = default;
int CountingPacs::port() const {
    return memory_->port;
}
void CountingPacs::stop() {
    scp_.reset();
}
void CountingPacs::start() {
    scp_ = std::make_unique<Scp>(*memory_);
}
void CountingPacs::answer(std::vector<std::uint16_t> statuses) {
    const std::lock_guard lock(memory_->mutex);
    memory_->statuses.assign(statuses.begin(), statuses.end());
}
void CountingPacs::drop_every(int requests) {
    const std::lock_guard lock(memory_->mutex);
    memory_->drop_every = requests;
}
void CountingPacs::hold_after(int further) {
    const std::lock_guard lock(memory_->mutex);
    memory_->hold_after = further;
}
std::string CountingPacs::held() const {
    const std::lock_guard lock(memory_->mutex);
    return memory_->held;
}
void CountingPacs::release() {
    memory_->release();
}
std::map<std::string, Stores> CountingPacs::stores() const {
    const std::lock_guard lock(memory_->mutex);
    return memory_->stores;
}

}  // namespace iqt::integration
