// What to collect next, against gains worked out by hand. Shares of two causes
// of equal weight and something else are a third each; of one cause, a half.
#include "engine/wanted_logs.h"

#include <catch2/catch.hpp>
#include <deque>

namespace deskfall {

namespace {

/// Causes of weight 0 whose items are unknown for want of a log.
class Rivals {
 public:
  explicit Rivals(std::size_t causes) : causes_(causes) {}

  Rivals& weigh(std::size_t cause, Weight weight) {
    causes_[cause].weight = weight;
    return *this;
  }
  /// `signal` is what is asked; `log` would tell it.
  Item& unknown(std::size_t cause, const std::string& signal, std::size_t log,
                double if_cause, double otherwise) {
    Item& item = items_.emplace_back();
    item.id = signal + std::to_string(items_.size());
    item.signals = {signal};
    item.if_cause = if_cause;
    item.otherwise = otherwise;
    Finding finding;
    finding.item = &item;
    finding.id = item.id;
    finding.missing.push_back({log, 0, Side::kServer, "gone"});
    causes_[cause].judgement.findings.push_back(finding);
    return item;
  }
  RankedCause& cause(std::size_t index) { return causes_[index]; }

  std::vector<WantedLog> wanted() const { return wanted_logs(causes_); }

 private:
  std::deque<Item> items_;
  std::vector<RankedCause> causes_;
};

}  // namespace

TEST_CASE("One item gains what it takes from the entropy") {
  // One bit now. Seen or not, each half of the time, the shares are 9 to 1:
  // 0.9 log2(1/0.9) + 0.1 log2(1/0.1) = 0.469 bits. 1 - 0.469 = 0.531.
  Rivals one(1);
  one.unknown(0, "s", 0, 0.9, 0.1);
  REQUIRE(one.wanted().size() == 1);
  CHECK(one.wanted()[0].gain == 531);
  CHECK(one.wanted()[0].why == "gone");
}

TEST_CASE("Two items of one log gain less than twice as much") {
  // Both seen or none, 0.41 each: shares 81 to 1, 0.095 bits. One of the two,
  // 0.18: the shares stay even, one bit. 1 - 0.82 * 0.095 - 0.18 = 0.742.
  Rivals two(1);
  two.unknown(0, "s", 0, 0.9, 0.1);
  two.unknown(0, "t", 0, 0.9, 0.1);
  REQUIRE(two.wanted().size() == 1);
  CHECK(two.wanted()[0].gain == 742);
}

TEST_CASE("Items of one group are one story, the strongest is asked") {
  Rivals two(1);
  two.unknown(0, "s", 0, 0.9, 0.1).group = "g";
  two.unknown(0, "t", 0, 0.8, 0.2).group = "g";
  CHECK(two.wanted()[0].gain == 531);
  // Where something stronger was seen already, nothing is to be gained.
  Rivals told(1);
  told.unknown(0, "s", 0, 0.9, 0.1).group = "g";
  Item present;
  present.group = "g";
  Finding seen;
  seen.item = &present;
  seen.value = Value::kPresent;
  seen.weight = 955;  // 9 to 1 is 954
  told.cause(0).judgement.findings.push_back(seen);
  REQUIRE(told.wanted().size() == 1);
  CHECK(told.wanted()[0].gain == 0);
}

TEST_CASE("What is required rules out when it is proven absent") {
  // Seen: 3 of 4 times, shares 2 to 1, 0.918 bits. Absent: the cause is out,
  // nothing is open. 1 - 0.75 * 0.918 = 0.311.
  Rivals gate(1);
  gate.unknown(0, "s", 0, 0.5, 0.5).role = Role::kRequired;
  CHECK(gate.wanted()[0].gain == 311);
  // An alternative keeps the gate open, and these numbers tell nothing.
  Rivals either(1);
  Item& first = either.unknown(0, "s", 0, 0.5, 0.5);
  first.role = Role::kRequired;
  first.group = "g";
  Item& second = either.unknown(0, "t", 1, 0.5, 0.5);
  second.role = Role::kRequired;
  second.group = "g";
  CHECK(either.wanted()[0].gain == 0);
}

TEST_CASE("Causes that ask the same share an outcome") {
  // Seen: 9/19 each and 1/19, 19/30 of the time; else 1/11 each and 9/11.
  // log2(3) - (19/30) 1.245 - (11/30) 0.866 = 0.479.
  Rivals both(2);
  both.unknown(0, "s", 0, 0.9, 0.1);
  both.unknown(1, "s", 0, 0.9, 0.1);
  CHECK(both.wanted()[0].gain == 479);
  // As much as one of three tells, but that is another question: asked apart,
  // two of them tell more.
  Rivals apart(2);
  apart.unknown(0, "s", 0, 0.9, 0.1);
  apart.unknown(1, "t", 0, 0.9, 0.1);
  CHECK(apart.wanted()[0].gain > 479);
}

TEST_CASE("Beyond six items the two extremes stand for all outcomes") {
  // Seven of 6 to 4: all or nothing leaves shares of 17.1 to 1, 0.308 bits.
  Rivals many(1);
  for (int i = 0; i < 7; ++i) {
    many.unknown(0, "s" + std::to_string(i), 0, 0.6, 0.4);
  }
  CHECK(many.wanted()[0].gain == 692);
}

TEST_CASE("The log that tells two rivals apart goes before the one that nods") {
  // Cause 0 leads by 25 to 1: more of its evidence tells little. Log 1 is about
  // it, log 2 about the rival in a rather even match.
  Rivals sure(1);
  sure.weigh(0, 1400).unknown(0, "s", 1, 0.99, 0.01);
  Rivals open(1);
  open.unknown(0, "s", 2, 0.8, 0.2);
  CHECK(sure.wanted()[0].gain < open.wanted()[0].gain);

  Rivals mixed(2);
  mixed.weigh(0, 1000).weigh(1, 1000);
  mixed.unknown(0, "mine", 1, 0.6, 0.4);
  mixed.unknown(1, "decides", 2, 0.95, 0.01);
  REQUIRE(mixed.wanted().size() == 2);
  CHECK(mixed.wanted()[0].log == 2);
}

TEST_CASE("A log that only a need names follows, by what it blocks") {
  Rivals needy(2);
  needy.weigh(1, 500);
  needy.unknown(0, "s", 3, 0.9, 0.1);
  needy.cause(0).judgement.missing.push_back({1, 0, Side::kServer, "cleared"});
  needy.cause(1).judgement.missing.push_back({2, 0, Side::kServer, "wrapped"});
  const auto wanted = needy.wanted();
  REQUIRE(wanted.size() == 3);
  CHECK(wanted[0].log == 3);
  CHECK(wanted[1].log == 2);
  CHECK(wanted[1].why == "wrapped");
  CHECK(wanted[2].log == 1);
  CHECK(wanted[2].gain == 0);
}

TEST_CASE("What is ruled out asks for nothing") {
  Rivals out(1);
  out.unknown(0, "s", 0, 0.9, 0.1);
  out.cause(0).grade = Grade::kRuledOut;
  CHECK(out.wanted().empty());
}

}  // namespace deskfall
