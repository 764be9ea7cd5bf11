#include <fmt/format.h>

#include <algorithm>

#include "report/render.h"
#include "report/safe_text.h"
#include "report/text_page.h"
#include "report/words.h"

namespace deskfall {

namespace {

// A screen is for the first minute; the page and the JSON hold the rest. What
// is left out is counted.
constexpr std::size_t kCausesInFull = 3;
constexpr std::size_t kLinesOfAList = 6;
constexpr std::size_t kRecordsOfAFinding = 2;
constexpr std::size_t kSentence = 600;  ///< characters
constexpr std::size_t kName = 120;      ///< characters of a name or path

std::string name(std::string_view text) {
  return shorten(text, kName);
}

Tone verdict_tone(std::string_view verdict) {
  if (verdict == "explained") {
    return Tone::kGood;
  }
  return verdict == "unexplained" ? Tone::kBad : Tone::kWarn;
}

Tone side_tone(Side side) {
  switch (side) {
    case Side::kFor:
      return Tone::kGood;
    case Side::kAgainst:
      return Tone::kBad;
    case Side::kCannotTell:
      return Tone::kWarn;
  }
  return Tone::kPlain;
}

std::string upper(std::string_view word) {
  std::string out(word);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

/// "SRV01 firewall log: why it matters; collect: how to get it".
std::string missing_text(const Report::Missing& missing) {
  std::string out =
      missing.host.empty() ? missing.log : missing.host + " " + missing.log;
  if (!missing.why.empty()) {
    out += ": " + missing.why;
  }
  if (!missing.collect.empty()) {
    out += "; collect: " + missing.collect;
  }
  return out;
}

class Screen {
 public:
  Screen(const Report& report, const RenderOptions& options)
      : report_(report),
        index_(report),
        time_(options.zone),
        page_(options.columns, options.color) {}

  std::string draw() {
    draw_inputs();
    page_.blank();
    draw_counts();
    for (const Report::Failure& failure : report_.failures) {
      page_.blank();
      draw_failure(failure);
    }
    page_.blank();
    draw_end();
    return page_.take();
  }

 private:
  /// The first lines of a list; the label carries its count.
  void draw_list(std::size_t indent, std::string_view label, Tone tone,
                 const std::vector<std::string>& lines) {
    std::string head = fmt::format("{} ({})", label, lines.size());
    const std::string_view bullet = lines.size() == 1 ? "" : "- ";
    for (std::size_t i = 0; i < lines.size() && i < kLinesOfAList; ++i) {
      page_.item(indent, head, tone,
                 fmt::format("{}{}", bullet, shorten(lines[i], kSentence)));
      head.clear();
    }
    if (lines.size() > kLinesOfAList) {
      page_.item(indent, "", tone,
                 fmt::format("- and {} more", lines.size() - kLinesOfAList));
    }
  }

  void draw_inputs() {
    const Report::Summary& sum = report_.summary;
    std::string names;
    std::int64_t bytes = 0;
    for (const Report::Input& input : report_.run.inputs) {
      names += (names.empty() ? "" : ", ") + input.name;
      bytes += input.bytes;
    }
    const auto hosts = static_cast<std::int64_t>(sum.hosts.size());
    const auto sources = static_cast<std::int64_t>(report_.sources.size());
    page_.text(0, names.empty() ? "no input" : shorten(names, kSentence),
               Tone::kStrong);
    page_.item(2, "span", Tone::kQuiet, time_.span(sum.from, sum.to));
    page_.item(2, "read", Tone::kQuiet,
               fmt::format("{} from {} of {}, {}", counted(sum.events, "event"),
                           counted(sources, "source"), counted(hosts, "host"),
                           bytes_text(bytes)));
    draw_list(2, "alert", Tone::kBad, sum.alerts);
    if (sum.damaged.empty()) {
      page_.item(2, "damaged", Tone::kQuiet, "nothing");
    }
    draw_list(2, "damaged", Tone::kBad, sum.damaged);
    if (sum.missing.empty()) {
      page_.item(2, "missing", Tone::kQuiet, "nothing that a rule asked for");
    }
    draw_list(2, "missing", Tone::kWarn, sum.missing);
    std::vector<std::string> clocks;
    for (const Report::Clock& clock : report_.clocks) {
      clocks.push_back(clock.sentence);
    }
    if (clocks.empty()) {
      page_.item(2, "clocks", Tone::kQuiet, "no two hosts to compare");
    }
    draw_list(2, "clocks", Tone::kQuiet, clocks);
  }

  void draw_counts() {
    const Report::Summary& sum = report_.summary;
    page_.text(
        0,
        fmt::format("{}: {} succeeded, {} failed ({} explained), {}",
                    counted(sum.attempts, "attempt"), sum.succeeded, sum.failed,
                    sum.explained, counted(sum.probes, "probe")),
        Tone::kStrong);
    if (report_.failures.empty()) {
      page_.text(0,
                 "0 failures. That says no more than the logs above can show: "
                 "see what was read, what was damaged and what is missing.");
    }
  }

  void draw_failure(const Report::Failure& failure) {
    page_.text(
        0,
        fmt::format("failure {}  {} {}  {} -> {}  {}", failure.id,
                    time_.full(failure.when), time_.zone_name(),
                    name(client_name(failure.client)),
                    name(server_name(failure.server)), code_text(failure)),
        Tone::kStrong);
    std::string place =
        "fell in " +
        (failure.stage.empty() ? "unknown stage" : name(failure.stage));
    const auto add = [&](std::string_view label, const std::string& text) {
      if (!text.empty()) {
        place += fmt::format(", {} {}", label, name(text));
      }
    };
    add("close", failure.close);
    add("attempt", failure.attempt);
    add("user", failure.client.user.starts_with("S-1-") ? std::string{}
                                                        : failure.client.user);
    add("incident", failure.incident);
    page_.text(2, place, Tone::kQuiet);
    page_.item(2, upper(failure.verdict), verdict_tone(failure.verdict),
               shorten(failure.headline, kSentence));
    draw_causes(failure);
    draw_list(2, "advice", Tone::kQuiet, failure.advice);
    if (failure.verdict == "explained") {
      return;  // the cause's own "do" says what is next
    }
    std::vector<std::string> wanted;
    for (const Report::Missing& missing : failure.missing) {
      wanted.push_back(missing_text(missing));
    }
    draw_list(2, "decided by", Tone::kWarn, wanted);
    if (wanted.empty()) {
      draw_list(2, "next", Tone::kStrong, failure.next);
    }
  }

  void draw_causes(const Report::Failure& failure) {
    const bool explained = failure.verdict == "explained";
    const std::size_t in_full = explained ? 1 : kCausesInFull;
    std::size_t standing = 0;
    std::vector<std::string> rivals;
    std::vector<std::string> open;
    std::vector<std::string> ruled_out;
    for (const Report::Cause& cause : failure.causes) {
      if (is_ruled_out(cause)) {
        const Report::Finding* reason = strongest_against(cause);
        const std::string& why =
            reason == nullptr ? cause.sentence : reason->sentence;
        ruled_out.push_back(name(cause.title) +
                            (why.empty() ? "" : ": " + why));
      } else if (cause.supported && ++standing <= in_full) {
        draw_cause(failure, cause);
      } else if (cause.supported) {
        rivals.push_back(name(cause.title) + ": " + cause.sentence);
      } else {
        open.push_back(name(cause.title));
      }
    }
    draw_list(2, "weaker", Tone::kQuiet, rivals);
    if (!explained) {
      draw_list(2, "not excluded", Tone::kQuiet, open);
    }
    draw_list(2, "ruled out", Tone::kQuiet, ruled_out);
  }

  void draw_cause(const Report::Failure& failure, const Report::Cause& cause) {
    page_.item(2, upper(cause.grade), Tone::kStrong,
               name(cause.title) + " (" + name(cause.id) + ")");
    if (!cause.sentence.empty()) {
      page_.item(2, "", Tone::kPlain, shorten(cause.sentence, kSentence));
    }
    for (const Side side : {Side::kFor, Side::kAgainst, Side::kCannotTell}) {
      const auto findings = findings_of(cause, side);
      if (findings.empty() && side == Side::kAgainst) {
        page_.item(4, side_word(side), side_tone(side), "nothing found");
      }
      for (const Report::Finding* finding : findings) {
        page_.item(4, side_word(side), side_tone(side),
                   shorten(finding->sentence, kSentence));
        draw_records(failure, *finding);
      }
    }
    if (is_named(cause)) {
      draw_list(4, "do", Tone::kStrong, cause.remedy.steps);
    }
  }

  void draw_records(const Report::Failure& failure,
                    const Report::Finding& finding) {
    for (std::size_t i = 0; i < finding.evidence.size(); ++i) {
      if (i == kRecordsOfAFinding) {
        page_.detail(4,
                     fmt::format("and {} more", finding.evidence.size() - i));
        return;
      }
      const std::string& id = finding.evidence[i];
      const Report::Evidence* evidence = index_.evidence(id);
      page_.detail(4,
                   evidence == nullptr
                       ? id
                       : fmt::format("{}  {}  {}  {}", id,
                                     time_.of(*evidence, failure.when),
                                     evidence->host, record_name(*evidence)));
    }
  }

  void draw_end() {
    page_.text(0, report_.summary.complete
                      ? "status 0: all evidence was read"
                      : "status 3: evidence incomplete, see above");
  }

  const Report& report_;
  ReportIndex index_;
  Timescale time_;
  TextPage page_;
};

}  // namespace

std::string render_text(const Report& report, const RenderOptions& options) {
  return Screen(report, options).draw();
}

}  // namespace deskfall
