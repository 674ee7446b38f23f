// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "dicom/net/requestor.hpp"
#include "dicom/net/store_scu.hpp"
#include "tests/dicom/net/raw_peer.hpp"
#include "tests/dicom/net/scp_fixture.hpp"
#include "tests/fixtures/certificates.hpp"

namespace iqt::dicom::net {

/// A hospital's authority, what it has issued, and a stranger's; made once for all tests of a
/// suite.
struct Pki {
    fakes::TempFolder folder;
    fixtures::Authority hospital{folder.path(), "hospital"}, elsewhere{folder.path(), "elsewhere"};
    fixtures::Identity node = hospital.issue("node"), pacs = hospital.issue("pacs"),
                       console = hospital.issue("console"),
                       expired = hospital.issue("expired", {-86'400, -60}),
                       stranger = elsewhere.issue("stranger");
};

/// The node's listener and its sender against each other, over TLS.
class TlsTest : public testing::Test {
  protected:
    static void SetUpTestSuite() { pki_ = std::make_unique<Pki>(); }
    static void TearDownTestSuite() { pki_.reset(); }
    static const Pki& pki() { return *pki_; }

    static TlsFiles files(const fixtures::Identity& own, const fixtures::Authority& trusted) {
        return {own.certificate, own.private_key, trusted.certificate(), {}};
    }
    static TlsFiles files(const fixtures::Identity& own) { return files(own, pki().hospital); }

    /// Listens with TLS alone; who comes is `kCallingAe`.
    StoreScpOptions tls_options() const {
        StoreScpOptions options = test_options(spill_.path());
        options.port.reset();
        options.tls = TlsPortOptions{0, files(pki().node), true};
        return options;
    }
    static Destination destination(int port, bool tls = true) {
        Destination to{"peer", kCalledAe, "127.0.0.1", port, kCallingAe, 20};
        to.tls = tls;
        return to;
    }
    /// C-ECHO with these files.
    static Status echo(int port, const TlsFiles& with) {
        StoreScu scu;
        if (auto read = scu.use_tls("peer", with); !read) return read;
        return scu.echo(destination(port));
    }

    fakes::TempFolder spill_;
    FakeSink sink_;

  private:
    static inline std::unique_ptr<Pki> pki_;
};

}  // namespace iqt::dicom::net
