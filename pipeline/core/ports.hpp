// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "pipeline/core/delivery.hpp"
#include "pipeline/core/enhancement.hpp"
#include "pipeline/core/job.hpp"
#include "pipeline/core/output.hpp"
#include "pipeline/core/result.hpp"
#include "pipeline/core/series.hpp"

/// The five seams of the pipeline. `dicom` and `models` implement them, `pipeline` uses them, only
/// `server` knows who implements what.
namespace iqt {

enum class AssociationEnd { Released, Aborted };

/// Why a connection to the listener did not become an accepted association.
enum class ConnectionRefusal {
    TooMany,       ///< closed at once: no thread for it
    TlsHandshake,  ///< no TLS, an old one, or a certificate that one end does not accept
    NoRequest,     ///< no association request that can be understood, or not in time
    Rejected,      ///< A-ASSOCIATE-RJ
};

struct Receipt {
    JobId job{};
    bool duplicate = false;  ///< same pixels and header were already stored: nothing changed
};

/// Takes what the listener received. Safe from any thread.
class InstanceSink {
  public:
    virtual ~InstanceSink() = default;
    /// Whether there is room now for an object of this size; asked before its bytes are taken.
    /// Errors: OutOfResources.
    virtual Status admit(std::uint64_t size_bytes) = 0;
    /// Returns only when instance and row would survive a power cut. Errors: OutOfResources, Io.
    virtual Result<Receipt> accept(ReceivedInstance instance) = 0;
    /// Says that an object of this series broke off while its bytes came, so that nothing of it is
    /// kept; before the end of the association is told. Never fails the association.
    virtual void object_cut_off(std::string_view association_id, std::string_view series_uid) = 0;
    /// Says that an association is over, for the settle policy. Never fails the association.
    virtual void association_ended(std::string_view association_id, AssociationEnd how) = 0;
    /// Says that somebody was not let in; for counting only.
    virtual void connection_refused(ConnectionRefusal) {}
};

/// Turns stored objects into one series. Errors: InvalidInput where nothing can be said about the
/// series (or the object) at all; whatever can be said is in SourceSeries::facts instead.
class SeriesReader {
  public:
    virtual ~SeriesReader() = default;
    virtual Result<SourceSeries> read(const SeriesSnapshot& snapshot) const = 0;
    /// What the header of one object says, for a notice about a series whose pixels nobody may
    /// touch: `header` and `facts.own_output`; all else is as if nothing were known.
    virtual Result<SourceSeries> read_header(const ObjectBytes& object) const = 0;
};

struct EnhanceRequest {
    Contrast contrast = Contrast::T1;
    int samples = 16;
    std::uint64_t seed = 0;  ///< a function of the series; equal seeds give equal bytes
    /// Called with 0..1 and a word for the step; may be empty. From the calling thread only.
    std::function<void(double, std::string_view)> progress;
    std::stop_token stop;
};

/// A loaded model. One per worker thread; not for use by two threads at once.
class Enhancer {
  public:
    virtual ~Enhancer() = default;
    virtual const ModelInfo& info() const = 0;
    /// Out: volumes on refine(source.geometry, info().target_spacing_mm).
    /// Errors: OutOfResources, Cancelled, Internal.
    virtual Result<Enhancement> enhance(const Volume& source, const EnhanceRequest& request) = 0;
};

/// Makes the objects of all output series. Pure: equal input gives equal pixel data and UIDs.
class ResultEncoder {
  public:
    virtual ~ResultEncoder() = default;
    virtual Result<std::vector<EncodedSeries>> encode(const SourceSeries& source,
                                                      const DerivedImages& images) const = 0;
};

/// Sends files to one destination over one association. Blocks; one call per thread.
class Deliverer {
  public:
    virtual ~Deliverer() = default;
    /// Calls `report` once for each instance, as soon as its outcome is known. Where no association
    /// comes about every instance is reported with the same outcome.
    virtual void send(const Destination& destination, std::span<const OutgoingInstance> instances,
                      std::stop_token stop,
                      const std::function<void(const SendOutcome&)>& report) = 0;
    /// C-ECHO. Errors: Unavailable, Refused, Timeout.
    virtual Status echo(const Destination& destination) = 0;
};

}  // namespace iqt
