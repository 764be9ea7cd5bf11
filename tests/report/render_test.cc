// What all formats have to keep, whatever the logs say.
#include "report/render.h"

#include <catch2/catch.hpp>

#include <set>

#include "ingest/text.h"
#include "report/safe_text.h"
#include "tests/support/golden.h"
#include "tests/support/sample_report.h"

namespace deskfall {

namespace {

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

/// Active code points other than the line break, as numbers.
std::set<std::uint32_t> active_in(std::string_view text) {
  std::set<std::uint32_t> found;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::uint32_t code_point = next_code_point(text, at);
    if (code_point != '\n' && is_active(code_point)) {
      found.insert(code_point);
    }
  }
  return found;
}

const std::vector<RenderFormat> kFormats = {
    RenderFormat::kText, RenderFormat::kJson, RenderFormat::kHtml,
    RenderFormat::kMarkdown};

constexpr char kHostile[] =
    " \x1b]0;owned\x07\x1b[31m \u202egnp.exe\u2066 \u009b2J \u200b\r\n"
    "# heading | cell `code` <script>alert(1)</script> </style> "
    "[link](javascript:alert) <img src=x onerror=alert(1)> ' \" & {{{x}}} "
    "--> ]]> \xff\xfe end";

}  // namespace

TEST_CASE("the sample report is written as the golden files show") {
  const Report report = sample_report();
  CHECK(golden_difference("report.txt", render_text(report, {})) == "");
  CHECK(golden_difference("report.json", render_json(report)) == "");
  CHECK(golden_difference("report.md", render_markdown(report, {})) == "");
  CHECK(golden_difference("report.html", render_html(report, {})) == "");
}

TEST_CASE("a report without failures is written as the golden files show") {
  const Report report = quiet_report();
  CHECK(golden_difference("quiet.txt", render_text(report, {})) == "");
  CHECK(golden_difference("quiet.json", render_json(report)) == "");
  CHECK(golden_difference("quiet.md", render_markdown(report, {})) == "");
  CHECK(golden_difference("quiet.html", render_html(report, {})) == "");
}

TEST_CASE("no format lets a character of a log act on its reader") {
  const Report report = hostile_report(kHostile);
  for (const RenderFormat format : kFormats) {
    CHECK(active_in(render(report, format, {})).empty());
  }
}

TEST_CASE("colour adds escapes to words of ours and changes nothing else") {
  RenderOptions options;
  options.color = Color::kAnsi;
  const Report report = hostile_report(kHostile);
  std::string colored = render_text(report, options);
  CHECK(active_in(colored) == std::set<std::uint32_t>{0x1b});
  for (const char* code : {"0", "1", "2", "31", "32", "33"}) {
    const std::string escape = "\x1b[" + std::string(code) + "m";
    for (std::size_t at = colored.find(escape); at != std::string::npos;
         at = colored.find(escape)) {
      colored.erase(at, escape.size());
    }
  }
  CHECK(colored == render_text(report, {}));
}

TEST_CASE("no line of the screen is wider than the terminal") {
  const Report report = hostile_report(" サーバ名 " + std::string(10'000, 'w'));
  for (const int columns : {0, 40, 80, 117}) {
    RenderOptions options;
    options.columns = columns;
    const std::string screen = render_text(report, options);
    for (const std::string_view line : split(screen, '\n')) {
      CHECK(display_width(line) <=
            static_cast<std::size_t>(columns < 40 ? 40 : columns));
    }
    CHECK(screen.size() < 100'000);
  }
}

TEST_CASE("every format tells of the same failures, causes and records") {
  const Report report = sample_report();
  const std::string text = render_text(report, {});
  const std::string json = render_json(report);
  const std::string html = render_html(report, {});
  const std::string markdown = render_markdown(report, {});
  CHECK(count_of(text, "\nfailure ") == report.failures.size());
  CHECK(count_of(json, "\"verdict\": ") == report.failures.size());
  CHECK(count_of(html, "<article class=\"card") == report.failures.size());
  CHECK(count_of(markdown, "\n### Failure ") == report.failures.size());
  for (const Report::Failure& failure : report.failures) {
    for (const Report::Cause& cause : failure.causes) {
      for (const std::string& out : {text, json, html, markdown}) {
        CHECK(out.find(cause.title) != std::string::npos);
      }
    }
  }
  for (const Report::Evidence& evidence : report.evidence) {
    CHECK(count_of(json, "\n    \"" + evidence.id + "\": {") == 1);
    CHECK(count_of(html, "id=\"" + evidence.id + "\"") == 1);
    CHECK(count_of(markdown, "\n| " + evidence.id + " | ") == 1);
  }
}

TEST_CASE("the zone asked for is used and named, but never in the JSON") {
  RenderOptions options;
  options.zone = Zone::find("+02:00").value();
  const Report report = sample_report();
  for (const RenderFormat format :
       {RenderFormat::kText, RenderFormat::kHtml, RenderFormat::kMarkdown}) {
    const std::string out = render(report, format, options);
    CHECK(out.find("10:14:07.412") != std::string::npos);
    CHECK(out.find("08:14:07.412") == std::string::npos);
    CHECK(out.find("+02:00") != std::string::npos);
    CHECK(out.find(" UTC") == std::string::npos);
  }
  CHECK(render(report, RenderFormat::kJson, options) == render_json(report));
}

TEST_CASE("an empty report is said in words, not in silence") {
  for (const RenderFormat format :
       {RenderFormat::kText, RenderFormat::kHtml, RenderFormat::kMarkdown}) {
    const std::string out = render(quiet_report(), format, {});
    CHECK(out.find("0 failures") != std::string::npos);
    CHECK(out.find("the client log of any host") != std::string::npos);
    CHECK(out.find("empty.zip") != std::string::npos);
  }
}

TEST_CASE("long texts are cut with a count, and kept whole in the JSON") {
  const std::string payload(10'000, 'w');
  const Report report = hostile_report(payload);
  CHECK(render_json(report).find(payload) != std::string::npos);
  for (const RenderFormat format :
       {RenderFormat::kText, RenderFormat::kHtml, RenderFormat::kMarkdown}) {
    const std::string out = render(report, format, {});
    CHECK(out.find(payload) == std::string::npos);
    CHECK(out.find(" more characters)") != std::string::npos);
  }
}

TEST_CASE("a page of ten failures with fifty causes each stays small") {
  Report report = long_report(10);
  for (Report::Failure& failure : report.failures) {
    while (failure.causes.size() < 53) {
      failure.causes.push_back(failure.causes[1]);
    }
  }
  CHECK(render_html(report, {}).size() < 1'000'000);
}

TEST_CASE("a text of a log cannot leave its place in the page") {
  const std::string page = render_html(hostile_report(kHostile), {});
  const std::string plain = render_html(sample_report(), {});
  for (const char* part : {"<script", "<img", "</style", "<a ", "<p", "-->"}) {
    CHECK(count_of(page, part) == count_of(plain, part));
  }
  CHECK(count_of(page, "{{{x}}}") > 0);  // text, not a template
}

TEST_CASE("a text of a log cannot leave its table cell in Markdown") {
  const std::string page = render_markdown(hostile_report(kHostile), {});
  for (const std::string_view line : split(page, '\n')) {
    std::size_t bars = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      bars += line[at] == '|' && (at == 0 || line[at - 1] != '\\') ? 1U : 0U;
    }
    const bool table = line.starts_with("| ");
    CHECK((table ? bars >= 3 : bars == 0 || line == "| | |"));
    CHECK(line.find('<') == std::string_view::npos);
    CHECK_FALSE(line.starts_with("# heading"));
  }
}

}  // namespace deskfall
