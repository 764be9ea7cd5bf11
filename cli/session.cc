#include "cli/session.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "cli/version.h"
#include "engine/analyze.h"
#include "ingest/ingest.h"
#include "ingest/text.h"
#include "report/render.h"

namespace deskfall {

namespace {

constexpr std::string_view kCaseSuffix = ".case.db";
constexpr std::size_t kMostDialogBytes = 1 << 20;

std::string suffix_of(const std::string& path) {
  if (path.ends_with(kCaseSuffix)) {
    return std::string(kCaseSuffix);
  }
  return std::filesystem::path(path).extension().string();
}

Result<RenderFormat> format_of(const std::string& name) {
  const std::string bare = name.starts_with(".") ? name.substr(1) : name;
  if (bare.empty() || bare == "text" || bare == "txt") {
    return RenderFormat::kText;
  }
  if (bare == "json") {
    return RenderFormat::kJson;
  }
  if (bare == "html") {
    return RenderFormat::kHtml;
  }
  if (bare == "md") {
    return RenderFormat::kMarkdown;
  }
  return fail(ErrorKind::kUsage, "unknown format '" + bare + "'", "",
              "text, json, md or html; files end in .txt .json .md .html or "
              ".case.db");
}

/// Records that some rule or pass can use.
class Relevant : public RecordChoice {
 public:
  explicit Relevant(const RuleSet& rules) : rules_(rules) {}

  [[nodiscard]] bool wants(const Kind& kind) const override {
    return rules_.may_use(kind);
  }
  [[nodiscard]] bool keeps(const Event& event) const override {
    return rules_.uses(event);
  }

 private:
  const RuleSet& rules_;
};

Result<std::map<std::string, std::string>> read_dialogs(const Args& args) {
  std::map<std::string, std::string> dialogs;
  for (const std::string& path : args.dialogs) {
    std::string text;
    if (path == "-") {
      std::vector<char> buffer(kMostDialogBytes);
      text.assign(buffer.data(),
                  std::fread(buffer.data(), 1, buffer.size(), stdin));
      dialogs["dialog (standard input)"] = text;
      continue;
    }
    std::ifstream in(path, std::ios::binary);
    if (!in) {
      return fail(ErrorKind::kInput, "cannot open the dialog text", path);
    }
    text.assign(std::istreambuf_iterator<char>(in), {});
    dialogs[std::filesystem::path(path).filename().string()] =
        text.substr(0, kMostDialogBytes);
  }
  return dialogs;
}

Result<IngestOptions> ingest_options(const Args& args) {
  IngestOptions options;
  options.jobs = args.jobs;
  options.code_page = args.code_page;
  for (const auto& [host, name] : args.zones) {
    DF_TRY(const Zone zone, Zone::find(name));
    options.zones.emplace(host, zone);
  }
  if (args.max_unpacked > 0) {
    options.limits.unpacked = args.max_unpacked;
  }
  if (!args.passphrase_file.empty()) {
    std::ifstream in(args.passphrase_file);
    if (!in || !std::getline(in, options.limits.passphrase)) {
      return fail(ErrorKind::kInput, "cannot read the passphrase",
                  args.passphrase_file);
    }
  }
  return options;
}

}  // namespace

Result<OutputPlan> plan_outputs(const Args& args) {
  // What is wrong with the words is said before anything is read.
  if (const auto format = format_of(args.format); !format) {
    return tl::unexpected<Error>(format.error());
  }
  if (const auto zone = Zone::find(args.tz); !zone) {
    return tl::unexpected<Error>(zone.error());
  }
  OutputPlan plan;
  std::set<std::string> seen;
  for (const std::string& path : args.outputs) {
    const std::string suffix = suffix_of(path);
    if (!seen.insert(path).second) {
      return fail(ErrorKind::kUsage, "named twice as output", path);
    }
    if (suffix == kCaseSuffix) {
      if (!plan.case_path.empty()) {
        return fail(ErrorKind::kUsage, "more than one case", path);
      }
      plan.case_path = path;
    } else {
      if (suffix.empty() || !format_of(suffix)) {
        return fail(ErrorKind::kUsage, "the suffix does not say what to write",
                    path, "end it in .html .md .json .txt or .case.db");
      }
      plan.reports.push_back(path);
    }
    std::error_code unknown;
    if (std::filesystem::exists(path, unknown) && !args.force) {
      return fail(ErrorKind::kOutput, "the file exists", path,
                  "--force replaces it");
    }
  }
  return plan;
}

Result<Store> read_logs(const Args& args, Result<Store> made, Keep keep,
                        const RuleSet& rules, Console& console) {
  DF_TRY(Store store, std::move(made));
  DF_TRY(IngestOptions options, ingest_options(args));
  DF_TRY(const auto dialogs, read_dialogs(args));
  const Relevant relevant(rules);
  options.choice = keep == Keep::kRelevant ? &relevant : nullptr;
  std::int64_t number = 0;
  options.on_source = [&](const std::string& source) {
    console.progress("reading " + std::to_string(++number) + ": " + source);
  };
  auto done = ingest_bundle(args.inputs, dialogs, options, store);
  console.end_progress();
  if (!done) {
    return tl::unexpected<Error>(done.error());
  }
  return store;
}

NewCase::NewCase(std::string path)
    : path_(std::move(path)), part_(path_ + ".part"), unfinished_(part_) {
  std::error_code ignored;
  std::filesystem::remove(part_, ignored);
}

NewCase::~NewCase() {
  std::error_code ignored;
  std::filesystem::remove(part_, ignored);
}

Result<Store> NewCase::create() const {
  return path_.empty() ? Store::create_passing() : Store::create(part_);
}

Result<void> NewCase::publish() {
  std::error_code error;
  std::filesystem::rename(part_, path_, error);
  if (error) {
    return fail(ErrorKind::kOutput, "cannot write the case", path_);
  }
  return {};
}

Result<Store> open_or_read(const Args& args, const RuleSet& rules,
                           Console& console, Result<Store> (*make)()) {
  if (args.inputs.size() == 1 && Store::looks_like_case(args.inputs.front())) {
    return Store::open(args.inputs.front());
  }
  const Keep keep = args.keep == "all" ? Keep::kAll : Keep::kRelevant;
  return read_logs(args, make(), keep, rules, console);
}

Result<Report> draw_report(const Args& args, Store& store,
                           const RuleSet& rules) {
  AnalyzeOptions options;
  options.version = version();
  options.skew = args.skew;
  for (const auto& [host, zone] : args.zones) {
    options.described.push_back("zone " + host + "=" + zone);
  }
  for (const auto& [host, ticks] : args.skew) {
    options.described.push_back("skew " + host + "=" + format_span(ticks));
  }
  std::sort(options.described.begin(), options.described.end());
  return analyze(store, rules, options);
}

Result<void> deliver(const Args& args, const OutputPlan& plan,
                     const Report& report, Console& console) {
  DF_TRY(const RenderFormat screen, format_of(args.format));
  RenderOptions options;
  DF_TRY(options.zone, Zone::find(args.tz));
  options.columns = std::min(console.columns(), 120);
  options.color = console.color() ? Color::kAnsi : Color::kNone;
  console.out(render(report, screen, options));
  options.color = Color::kNone;
  options.columns = 100;
  for (const std::string& path : plan.reports) {
    DF_TRY(const RenderFormat format, format_of(suffix_of(path)));
    const std::string text = render(report, format, options);
    DF_CHECK(write_file(path, text));
    console.say("wrote " + path + " (" + std::to_string(text.size()) +
                " bytes)");
  }
  return {};
}

ExitCode status_of(const Args& args, const Report& report) {
  const bool unexplained = std::any_of(
      report.failures.begin(), report.failures.end(),
      [](const auto& failure) { return failure.verdict != "explained"; });
  if ((args.fail_on == "failures" && !report.failures.empty()) ||
      (args.fail_on == "unexplained" && unexplained)) {
    return ExitCode::kFailOn;
  }
  if (!report.summary.complete) {
    return args.strict ? ExitCode::kCouldNot : ExitCode::kIncomplete;
  }
  return ExitCode::kDone;
}

Result<void> write_file(const std::string& path, std::string_view text) {
  const std::string beside = path + ".part";
  const Unfinished unfinished(beside);
  std::ofstream out(beside, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  std::error_code error;
  if (out) {
    std::filesystem::rename(beside, path, error);
  }
  if (!out || error) {
    std::error_code ignored;
    std::filesystem::remove(beside, ignored);
    return fail(ErrorKind::kOutput, "cannot write the file", path,
                "check that the folder exists and has room");
  }
  return {};
}

}  // namespace deskfall
