// SPDX-License-Identifier: Apache-2.0
#include "dicom/codecs.hpp"

#include <array>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/appender.h>
#include <dcmtk/oflog/oflog.h>
#include <dcmtk/oflog/spi/logevent.h>

#include "dicom/instance_header.hpp"
#include "dicom/uid_names.hpp"
#include "pipeline/log/log.hpp"

namespace iqt::dicom {
namespace {

/// Passes warnings of DCMTK's network modules on. All others are dropped: the parser's quote
/// attribute values, and what it finds comes back as a condition anyway.
class NetworkOnlyAppender final : public dcmtk::log4cplus::Appender {
  public:
    ~NetworkOnlyAppender() override { destructorImpl(); }
    void close() override {}

  protected:
    void append(const dcmtk::log4cplus::spi::InternalLoggingEvent& event) override {
        const std::string logger(event.getLoggerName().c_str());
        if (logger.rfind("dcmtk.dcmnet", 0) != 0 && logger.rfind("dcmtk.dcmtls", 0) != 0) return;
        // The library's errors are warnings here: whoever called it reports the failure itself.
        log::event(log::Level::Warn, "dicom.library_warned",
                   {{"module", logger}, {"text", without_uids(event.getMessage().c_str())}});
    }

  private:
    // UIDs stand for patients: long runs of digits and dots become a mark.
    static std::string without_uids(std::string_view text) {
        constexpr std::size_t kShortestUid = 16;  // an address and port are shorter
        std::string clean, run;
        const auto flush = [&] {
            clean += run.size() > kShortestUid ? std::string("<uid>") : run;
            run.clear();
        };
        for (const char c : text) {
            if ((c >= '0' && c <= '9') || c == '.') {
                run += c;
                continue;
            }
            flush();
            clean += c;
        }
        flush();
        return clean;
    }
};

void redirect_log() {
    OFLog::configure(OFLogger::WARN_LOG_LEVEL);
    auto root = dcmtk::log4cplus::Logger::getRoot();
    root.removeAllAppenders();
    root.addAppender(dcmtk::log4cplus::SharedAppenderPtr(new NetworkOnlyAppender));
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kNames{{
    {"1.2.840.10008.1.2.4.50", "JPEG baseline (lossy)"},
    {"1.2.840.10008.1.2.4.51", "JPEG extended (lossy)"},
    {"1.2.840.10008.1.2.4.57", "JPEG lossless (process 14)"},
    {"1.2.840.10008.1.2.4.70", "JPEG lossless"},
    {"1.2.840.10008.1.2.4.80", "JPEG-LS lossless"},
    {"1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless"},
    {"1.2.840.10008.1.2.4.90", "JPEG 2000 (lossless)"},
    {"1.2.840.10008.1.2.4.91", "JPEG 2000"},
    {"1.2.840.10008.1.2.4.92", "JPEG 2000 part 2 (lossless)"},
    {"1.2.840.10008.1.2.4.93", "JPEG 2000 part 2"},
    {"1.2.840.10008.1.2.4.110", "JPEG XL (lossless)"},
    {"1.2.840.10008.1.2.4.112", "JPEG XL"},
    {"1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000 (lossless)"},
    {"1.2.840.10008.1.2.4.202", "High-Throughput JPEG 2000 with RPCL (lossless)"},
    {"1.2.840.10008.1.2.4.203", "High-Throughput JPEG 2000"},
    {"1.2.840.10008.1.2.5", "RLE lossless"},
}};

}  // namespace

void initialise() {
    static std::once_flag once;
    std::call_once(once, [] {
        redirect_log();
        // Archives store known attributes as UN when they were sent without a VR.
        dcmEnableUnknownVRConversion.set(OFTrue);
        DJDecoderRegistration::registerCodecs();
        DJLSDecoderRegistration::registerCodecs();
        DcmRLEDecoderRegistration::registerCodecs();
        if (!dcmDataDict.isDictionaryLoaded())
            log::event(log::Level::Error, "dicom.dictionary_missing",
                       {{"hint", "install the package libdcmtk17 or set DCMDICTPATH"}});
    });
}

Encoding encoding_of(std::string_view transfer_syntax_uid) {
    if (transfer_syntax_uid == uid::kImplicitLittle) return Encoding::ImplicitLittle;
    if (transfer_syntax_uid == uid::kExplicitBig) return Encoding::ExplicitBig;
    return Encoding::ExplicitLittle;
}

bool is_encapsulated(std::string_view transfer_syntax_uid) {
    return transfer_syntax_uid != uid::kImplicitLittle &&
           transfer_syntax_uid != uid::kExplicitLittle && transfer_syntax_uid != uid::kDeflated &&
           transfer_syntax_uid != uid::kExplicitBig;
}

bool is_lossy_syntax(std::string_view transfer_syntax_uid) {
    for (const std::string_view lossy :
         {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.53",
          "1.2.840.10008.1.2.4.55", "1.2.840.10008.1.2.4.81"})
        if (transfer_syntax_uid == lossy) return true;
    return false;
}

bool is_jpeg(std::string_view transfer_syntax_uid) {
    constexpr std::string_view kJpegFamily = "1.2.840.10008.1.2.4.";
    if (transfer_syntax_uid.substr(0, kJpegFamily.size()) != kJpegFamily) return false;
    const std::string_view process = transfer_syntax_uid.substr(kJpegFamily.size());
    return process.size() == 2 && process >= "50" && process <= "70";
}

bool can_decode(const std::string& transfer_syntax_uid) {
    if (!is_encapsulated(transfer_syntax_uid)) return true;
    const E_TransferSyntax syntax = DcmXfer(transfer_syntax_uid.c_str()).getXfer();
    return syntax != EXS_Unknown && DcmCodecList::canChangeCoding(syntax, EXS_LittleEndianExplicit);
}

std::string transfer_syntax_name(const std::string& transfer_syntax_uid) {
    for (const auto& [syntax, name] : kNames)
        if (syntax == transfer_syntax_uid) return std::string(name);
    const DcmXfer known(transfer_syntax_uid.c_str());
    return known.getXfer() == EXS_Unknown ? transfer_syntax_uid : known.getXferName();
}

}  // namespace iqt::dicom
