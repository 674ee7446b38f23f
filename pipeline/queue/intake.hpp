// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pipeline/queue/object_file.hpp"
#include "pipeline/queue/store_state.hpp"

/// Private to the room: one acceptance, in one transaction.
namespace iqt::queue {

enum class Matter { EqualContent, EqualPixels, Intact, Urgency };

/// Something that decoding is needed for: done between two tries, without any lock.
struct Question {
    std::int64_t instance = 0;  ///< the stored one to compare with; 0 for Urgency
    Matter what{};
    friend auto operator<=>(const Question&, const Question&) = default;
};
struct Answers {
    std::map<Question, bool> equal;
    std::optional<Priority> first_priority;
};

struct Accepted {
    Receipt receipt;
    bool makes_work = false;  ///< something new for the settle policy to look at
};

/// One row of `series` that carries the UID of the instance.
struct SeriesRow {
    std::int64_t id = 0;
    std::optional<std::int64_t> superseded_by;
    bool disputed = false;
};

struct StoredInstance {
    std::int64_t id = 0;
    int revision = 1;
    std::string digest;
    bool removed = false;  ///< its bytes are gone, see StoreOptions::delivered_keep_ms
    bool damaged = false;  ///< they are not what was received, or their file is missing
};

/// What an instance means for the identity of its series.
enum class Standing {
    Clear,     ///< the only identity, or the corrected one
    Disputed,  ///< the series came under two identities: a person must look
    Corrects,  ///< known pixels under a new identity: the old one is taken back
    Outdated,  ///< the identity that was corrected: nothing more leaves under it
};

/// A try to accept one instance. Ends with an acceptance, or with a question that must be answered
/// before the next try.
class Intake {
  public:
    Intake(StoreState& state, const ReceivedInstance& received, const StoredObject& object,
           const Answers& answers)
        : state_(state),
          received_(received),
          object_(object),
          answers_(answers),
          tx_(state.write()) {}

    struct Outcome {
        std::optional<Accepted> accepted;
        std::optional<Question> question;
    };
    Result<Outcome> run();

  private:
    void find_series();
    void insert_series();
    std::optional<StoredInstance> current_version(std::int64_t series);
    /// A question where it takes an answer first. Notes whether the stored bytes are damaged.
    std::variant<Question, bool> same_content(StoredInstance& known);
    Outcome duplicate(const StoredInstance& known);
    void put_back(const StoredInstance& known);
    Result<Outcome> store(const std::optional<StoredInstance>& known, Standing standing);
    Status check_limits(const std::optional<StoredInstance>& known);
    Result<JobHead> place(const std::optional<StoredInstance>& known);
    Result<JobHead> open_job(const std::optional<JobHead>& before);
    void insert_instance(const JobHead& job);
    void update_job(const JobHead& job);
    void restart_quiet_time(const JobHead& job);
    /// Notes that the association sends to this job; true where that was new.
    bool touch(const JobHead& job);
    Outcome commit(const JobHead& job, Receipt receipt, bool makes_work);

    // intake_identity.cpp
    std::variant<Question, Standing> judge_identity();
    void apply_standing(Standing standing, JobHead& job);
    void take_back(SeriesRow& old);
    int revision_before_correction();

    StoreState& state_;
    const ReceivedInstance& received_;
    const StoredObject& object_;
    const Answers& answers_;
    Transaction tx_;
    std::optional<SeriesRow> own_;
    std::vector<SeriesRow> others_;  ///< the same series UID under other identities
    std::string association_;        ///< empty where the instance came without one
    bool touched_ = false;
    bool restarted_ = false;  ///< the quiet time, without a new instance
    bool recount_ = false;    ///< the job did not simply get one instance more
};

}  // namespace iqt::queue
