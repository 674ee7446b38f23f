// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/counting_pacs.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdlib>
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

}  // namespace

class CountingPacs::Scp final : public DcmSCP {
  public:
    Scp() : port_(free_port()) {
        setPort(static_cast<Uint16>(port_));
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
        release();
        thread_.join();
    }

    int port() const { return port_; }

    void hold_after(int further) {
        const std::lock_guard lock(mutex_);
        hold_after_ = further;
    }

    std::string held() const {
        const std::lock_guard lock(mutex_);
        return held_;
    }

    void release() {
        {
            const std::lock_guard lock(mutex_);
            held_.clear();
            hold_after_ = -1;
        }
        changed_.notify_all();
    }

    std::map<std::string, Stores> stores() const {
        const std::lock_guard lock(mutex_);
        return stores_;
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
        count(request.AffectedSOPInstanceUID, pixel_digest(*data));
        return sendSTOREResponse(context.presentationContextID, request, STATUS_Success);
    }

    OFBool stopAfterConnectionTimeout() override { return stopping_; }
    OFBool stopAfterCurrentAssociation() override { return stopping_; }

  private:
    // Returns when the request may be answered.
    void count(const std::string& uid, std::size_t pixels) {
        std::unique_lock lock(mutex_);
        Stores& stores = stores_[uid];
        ++stores.requests;
        stores.pixels.insert(pixels);
        if (hold_after_ < 0 || hold_after_-- > 0) return;
        held_ = uid;
        changed_.wait(lock, [this] { return held_.empty(); });
    }

    const int port_;
    std::atomic<bool> stopping_ = false;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    int hold_after_ = -1;
    std::string held_;
    std::map<std::string, Stores> stores_;
    std::jthread thread_;  // last: ends before what it uses
};

CountingPacs::CountingPacs() {
    ::setenv("TCP_NODELAY", "1", 1);  // DCMTK's way to be told
    OFLog::configure(OFLogger::WARN_LOG_LEVEL);
    scp_ = std::make_unique<Scp>();
}
CountingPacs::~CountingPacs() = default;
int CountingPacs::port() const {
    return scp_->port();
}
void CountingPacs::hold_after(int further) {
    scp_->hold_after(further);
}
std::string CountingPacs::held() const {
    return scp_->held();
}
void CountingPacs::release() {
    scp_->release();
}
std::map<std::string, Stores> CountingPacs::stores() const {
    return scp_->stores();
}

}  // namespace iqt::integration
