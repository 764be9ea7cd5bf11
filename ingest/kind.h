// Kind: what records of one sort share - whose they are, which log they stand
// in, who wrote them and under which number.
//
// A collection repeats a few thousand kinds millions of times. Whoever counts,
// chooses or stores records therefore asks once per kind and keeps the answer:
//
//   KindLedger kinds(&choice);
//   const KindId kind = kinds.number(event);     counts from 0 in order met
//   if (kinds.wants(kind)) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ingest/event.h"

namespace deskfall {

struct Kind {
  std::string host;
  std::string channel;
  std::string provider;
  std::uint32_t event_id = 0;

  bool operator==(const Kind&) const = default;
};

/// Index into a KindLedger.
using KindId = std::uint32_t;

/// Says which kinds matter, so that the payload of the others need not be
/// decoded. Asked from several threads when jobs > 1.
class KindFilter {
 public:
  virtual ~KindFilter() = default;
  [[nodiscard]] virtual bool wants(const Kind& kind) const = 0;
};

/// The kinds met so far, each with the answer of a filter.
class KindLedger {
 public:
  /// Without a filter every kind is wanted.
  explicit KindLedger(const KindFilter* filter = nullptr) : filter_(filter) {}
  KindLedger(KindLedger&&) = default;
  KindLedger& operator=(KindLedger&&) = default;
  KindLedger(const KindLedger&) = delete;
  KindLedger& operator=(const KindLedger&) = delete;
  ~KindLedger() = default;

  /// The number of the event's kind, a new one when it was not met before.
  [[nodiscard]] KindId number(const Event& event);
  [[nodiscard]] KindId number(const Kind& kind);

  [[nodiscard]] const Kind& operator[](KindId kind) const {
    return kinds_[kind].kind;
  }
  [[nodiscard]] bool wants(KindId kind) const { return kinds_[kind].wanted; }
  [[nodiscard]] std::size_t size() const { return kinds_.size(); }

 private:
  /// A kind as it stands in an event.
  struct View {
    std::string_view host;
    std::string_view channel;
    std::string_view provider;
    std::uint32_t event_id = 0;

    bool operator==(const View&) const = default;
  };
  struct Hash {
    std::size_t operator()(const View& view) const;
  };
  struct Entry {
    Kind kind;
    bool wanted = true;
  };

  [[nodiscard]] KindId number_of(const View& view);

  const KindFilter* filter_;
  std::deque<Entry> kinds_;  ///< stay in place, for the views of them:
  std::unordered_map<View, KindId, Hash> numbers_;
};

}  // namespace deskfall
