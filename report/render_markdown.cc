#include <fmt/format.h>

#include "ingest/text.h"
#include "report/look.h"
#include "report/render.h"
#include "report/safe_text.h"
#include "report/words.h"

namespace deskfall {

namespace {

constexpr std::size_t kSentence = 1'000;  ///< characters

/// Text of a log as GitHub Markdown that means only itself: no markup, no
/// table cell, no HTML, no link that a program made by itself.
std::string md(std::string_view text) {
  const std::string line = shorten(trim(text), kSentence);
  std::string out;
  out.reserve(line.size());
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    const std::string_view rest = std::string_view(line).substr(at);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (rest.starts_with("://")) {
      out += ":\\/";  // "http://" alone would become a link
      ++at;
    } else if (equals_ignore_case(rest.substr(0, 4), "www.")) {
      out += rest.substr(0, 3);
      out += "\\.";
      at += 3;
    } else {
      if (std::string_view("\\`*_[]|~#!").find(c) != std::string_view::npos) {
        out += '\\';
      }
      out += c;
    }
  }
  return out;
}

std::string capitalised(std::string word) {
  if (!word.empty() && word[0] >= 'a' && word[0] <= 'z') {
    word[0] = static_cast<char>(word[0] - 'a' + 'A');
  }
  return word;
}

/// "● Explained".
std::string marked(const Look& look, const std::string& word) {
  return fmt::format("{} {}", look.sign, word);
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ", ") + md(text);
  }
  return out;
}

class Paper {
 public:
  Paper(const Report& report, const RenderOptions& options)
      : report_(report), index_(report), time_(options.zone) {}

  std::string draw() {
    draw_inputs();
    put("\n## Failures ({})\n", report_.failures.size());
    if (report_.failures.empty()) {
      put("\n0 failures. That says no more than the logs above can show.\n");
    }
    for (const Report::Failure& failure : report_.failures) {
      draw_failure(failure);
    }
    draw_evidence();
    draw_run();
    return std::move(out_);
  }

 private:
  template <typename... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format,
                   std::forward<Args>(args)...);
  }

  /// A bold title with its count and one line per text.
  void put_list(std::string_view title, const std::vector<std::string>& texts) {
    if (texts.empty()) {
      return;
    }
    put("\n**{} ({})**\n\n", title, texts.size());
    for (const std::string& text : texts) {
      put("- {}\n", md(text));
    }
  }

  void draw_inputs() {
    const Report::Summary& sum = report_.summary;
    std::string names;
    for (const Report::Input& input : report_.run.inputs) {
      names += (names.empty() ? "" : ", ") + md(input.name);
    }
    put("# Remote Desktop failures: {}\n\n", names);
    put("{}: {} succeeded, {} failed ({} explained), {}. ",
        counted(sum.attempts, "attempt"), sum.succeeded, sum.failed,
        sum.explained, counted(sum.probes, "probe"));
    put("{}. Times are {}.\n\n",
        sum.complete ? "All evidence was read" : "**Evidence is incomplete**",
        md(time_.zone_name()));
    put("| | |\n| --- | --- |\n");
    put("| Span | {} |\n", md(time_.span(sum.from, sum.to)));
    put("| Hosts | {} |\n", joined(sum.hosts));
    put("| Read | {} from {} |\n", counted(sum.events, "event"),
        counted(static_cast<std::int64_t>(report_.sources.size()), "source"));
    for (const Report::Clock& clock : report_.clocks) {
      put("| Clock | {} |\n", md(clock.sentence));
    }
    put_list("Alerts", sum.alerts);
    put_list("Damaged", sum.damaged);
    put_list("Missing", sum.missing);
  }

  void draw_failure(const Report::Failure& failure) {
    put("\n### Failure {}: {}, {}, {} → {}\n\n", md(failure.id),
        code_text(failure), time_.full(failure.when),
        md(client_name(failure.client)), md(server_name(failure.server)));
    put("**{}.** {}\n\n",
        marked(verdict_look(failure.verdict), md(capitalised(failure.verdict))),
        md(failure.headline));
    put("Fell in: {}",
        failure.stage.empty() ? "unknown stage" : md(failure.stage));
    put_part("closed by", failure.close);
    put_part("attempt", failure.attempt);
    put_part("user", failure.client.user);
    put_part("incident", failure.incident);
    put("\n");
    std::vector<std::string> open;
    std::vector<std::string> ruled_out;
    for (const Report::Cause& cause : failure.causes) {
      if (is_ruled_out(cause)) {
        const Report::Finding* reason = strongest_against(cause);
        ruled_out.push_back(
            cause.title + ": " +
            (reason == nullptr ? cause.sentence : reason->sentence));
      } else if (cause.supported) {
        draw_cause(cause);
      } else {
        open.push_back(cause.title);
      }
    }
    if (failure.verdict != "explained") {
      put_list("Not excluded, and no record speaks for them", open);
    }
    put_list("Ruled out", ruled_out);
    draw_missing(failure);
    put_list("Next", failure.next);
    put_list("About common advice for this code", failure.advice);
  }

  void put_part(std::string_view label, std::string_view text) {
    if (!text.empty()) {
      put(", {} {}", label, md(text));
    }
  }

  void draw_cause(const Report::Cause& cause) {
    put("\n#### {}: {}\n\n",
        marked(grade_look(cause.grade), md(capitalised(cause.grade))),
        md(cause.title));
    put("{} (cause {})\n\n", md(cause.sentence), md(cause.id));
    put("| | Finding | Evidence |\n| --- | --- | --- |\n");
    for (const Side side : {Side::kFor, Side::kAgainst, Side::kCannotTell}) {
      const std::string mark =
          marked(side_look(side), std::string(side_word(side)));
      const auto findings = findings_of(cause, side);
      if (findings.empty() && side == Side::kAgainst) {
        put("| {} | nothing found | |\n", mark);
      }
      for (const Report::Finding* finding : findings) {
        put("| {} | {} | {} |\n", mark, md(finding->sentence),
            joined(finding->evidence));
      }
    }
    if (!is_named(cause)) {
      return;
    }
    put_list("Remedy", cause.remedy.steps);
    if (!cause.remedy.risk.empty()) {
      put("- Risk: {}\n", md(cause.remedy.risk));
    }
    if (!cause.remedy.verify.empty()) {
      put("- Verify: {}\n", md(cause.remedy.verify));
    }
  }

  void draw_missing(const Report::Failure& failure) {
    if (failure.missing.empty()) {
      return;
    }
    put("\n**Would decide ({})**\n\n", failure.missing.size());
    put("| Log | Host | Why | Collect |\n| --- | --- | --- | --- |\n");
    for (const Report::Missing& missing : failure.missing) {
      put("| {} | {} | {} | {} |\n", md(missing.log), md(missing.host),
          md(missing.why), md(missing.collect));
    }
  }

  void draw_evidence() {
    put("\n## Evidence ({})\n", report_.evidence.size());
    if (report_.evidence.empty()) {
      return;
    }
    put("\n| Id | Time ({}) | Host | Record | Where | What it says |\n",
        md(time_.zone_name()));
    put("| --- | --- | --- | --- | --- | --- |\n");
    for (const Report::Evidence& record : report_.evidence) {
      const Report::Source* source = index_.source(record.source);
      put("| {} | {} | {} | {} | {}, {} | {} |\n", md(record.id),
          time_.of(record, std::nullopt), md(record.host),
          md(record_name(record)), source == nullptr ? "" : md(source->path),
          position_text(record), md(record.text));
    }
  }

  void draw_run() {
    put("\n## Run record\n\n");
    put("- deskfall {}, rules {} ({})\n", md(report_.run.version),
        md(report_.run.pack), md(report_.run.pack_sha256));
    for (const std::string& option : report_.run.options) {
      put("- option {}\n", md(option));
    }
    for (const Report::Input& input : report_.run.inputs) {
      put("- input {}, {}, SHA-256 {}\n", md(input.name),
          counted(input.bytes, "byte"), md(input.sha256));
    }
    if (report_.sources.empty()) {
      return;
    }
    put("\n| Source | Outcome | Events | Accepted | Dropped | Notes |\n");
    put("| --- | --- | ---: | ---: | ---: | --- |\n");
    for (const Report::Source& source : report_.sources) {
      put("| {} | {} | {} | {} | {} | {} |\n", md(source.path),
          md(source.outcome), grouped(source.events),
          grouped(source.bytes_accepted), grouped(source.bytes_dropped),
          joined(source.notes));
    }
  }

  const Report& report_;
  ReportIndex index_;
  Timescale time_;
  std::string out_;
};

}  // namespace

std::string render_markdown(const Report& report,
                            const RenderOptions& options) {
  return Paper(report, options).draw();
}

}  // namespace deskfall
