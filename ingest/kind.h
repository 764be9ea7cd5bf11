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
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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

  /// The number of the event's kind, a new one when it was not met before.
  [[nodiscard]] KindId number(const Event& event);
  [[nodiscard]] KindId number(const Kind& kind);

  [[nodiscard]] const Kind& operator[](KindId kind) const {
    return *kinds_[kind].kind;
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
    using is_transparent = void;
    std::size_t operator()(const View& view) const;
    std::size_t operator()(const Kind& kind) const;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const View& a, const Kind& b) const;
    bool operator()(const Kind& a, const View& b) const {
      return (*this)(b, a);
    }
    bool operator()(const Kind& a, const Kind& b) const { return a == b; }
  };
  struct Entry {
    const Kind* kind = nullptr;
    bool wanted = true;
  };

  [[nodiscard]] KindId number_of(const View& view);

  const KindFilter* filter_;
  std::unordered_map<Kind, KindId, Hash, Equal> numbers_;
  std::vector<Entry> kinds_;
};

}  // namespace deskfall
