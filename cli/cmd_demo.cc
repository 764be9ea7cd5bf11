#include <unistd.h>

#include <filesystem>

#include "cli/commands.h"
#include "cli/session.h"
#include "embedded/demo.h"
#include "engine/save.h"
#include "ingest/open_file.h"

namespace deskfall {

namespace {

/// A folder of our own that goes away with everything in it.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    std::string name = temporary_folder() + "/deskfall-demo-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      return tl::unexpected<Error>(temporary_file_error());
    }
    return TemporaryFolder(name);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) {
      std::filesystem::remove_all(path_, ignored);
    }
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept
      : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace

Finished run_demo(const Args& args, Console& console) {
  DF_TRY(const TemporaryFolder folder, TemporaryFolder::make());
  const std::string bundle = folder.path() + "/demo.zip";
  DF_CHECK(write_file(bundle, embedded_demo().front().bytes));
  Args demo = args;
  demo.inputs = {bundle};
  console.say(
      "A made-up incident, read from a zip of event logs as a "
      "responder would get it.\n");
  DF_TRY(const OutputPlan plan, plan_outputs(demo));
  DF_TRY(const RuleSet rules, RuleSet::load(demo.rules));
  const bool stored = !plan.case_path.empty();
  NewCase made(plan.case_path);
  DF_TRY(Store store,
         read_logs(demo, made.create(), Keep::kAll, rules, console));
  DF_TRY(const Report report, draw_report(demo, store, rules));
  if (stored) {
    DF_CHECK(save_conclusions(report, store));
  }
  DF_CHECK(deliver(demo, plan, report, console));
  if (stored) {
    DF_CHECK(made.publish());
  }
  console.say(
      "\nThe same for your logs: deskfall explain FOLDER-OR-ZIP "
      "-o report.html");
  return ExitCode::kDone;
}

}  // namespace deskfall
