#include "ingest/ingest.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <vector>

#include "ingest/dialog_text.h"
#include "ingest/event_xml.h"
#include "ingest/evtx_reader.h"
#include "ingest/firewall_log.h"
#include "ingest/load.h"
#include "ingest/sha256.h"
#include "ingest/sniff.h"
#include "ingest/text.h"

namespace deskfall {

namespace {

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

/// How inputs are called in a case: by their last name, so that a report does
/// not tell where on the disk the logs lay; two inputs of one name keep the
/// path as given.
class InputNames {
 public:
  explicit InputNames(std::span<const std::string> inputs) {
    std::map<std::string, int> uses;
    for (const std::string& input : inputs) {
      names_[without_slash(input)] = last_name(input);
    }
    for (const auto& [input, name] : names_) {
      ++uses[name];
    }
    for (auto& [input, name] : names_) {
      name = uses[name] > 1 ? input : name;
    }
  }

  /// The name of the input that a path of the walk lies in.
  [[nodiscard]] std::string input_of(const std::string& path) const {
    const std::string* name = find(path).second;
    return name == nullptr ? path : *name;
  }

  /// The path with its input called by name.
  [[nodiscard]] std::string shown(const std::string& path) const {
    const auto [input, name] = find(path);
    return name == nullptr ? path : *name + path.substr(input->size());
  }

 private:
  static std::string without_slash(std::string path) {
    while (path.size() > 1 && path.back() == '/') {
      path.pop_back();
    }
    return path;
  }

  static std::string last_name(const std::string& input) {
    std::error_code ignored;
    const auto absolute = std::filesystem::absolute(input, ignored);
    const auto normal = absolute.lexically_normal();
    const std::string name = normal.filename().string();
    return name.empty() ? normal.parent_path().filename().string() : name;
  }

  [[nodiscard]] std::pair<const std::string*, const std::string*> find(
      const std::string& path) const {
    std::pair<const std::string*, const std::string*> best{nullptr, nullptr};
    for (const auto& [input, name] : names_) {
      const bool inside = path == input || path.starts_with(input + "/");
      if (inside &&
          (best.first == nullptr || input.size() > best.first->size())) {
        best = {&input, &name};
      }
    }
    return best;
  }

  std::map<std::string, std::string> names_;
};

/// Reads sources into the store. Firewall logs name no host, so they wait for
/// a second walk, when the hosts of their neighbours are known.
class Loader : public BundleVisitor {
 public:
  Loader(std::span<const std::string> inputs, const IngestOptions& options,
         Store& store)
      : names_(inputs), options_(options), store_(store) {}

  void on_file(const std::string& path, ByteSource& bytes) override;
  void on_refused(const std::string& path, const Error& error) override;
  void on_input(const std::string& name, std::int64_t bytes) override;

  Result<void> add_dialog(const std::string& name, const std::string& text);

  [[nodiscard]] bool has_deferred() const { return !deferred_.empty(); }
  void begin_second_walk() { second_walk_ = true; }
  Result<IngestSummary> finish();

 private:
  Result<void> decode(SourceFile& file, ByteSource& bytes, LoadSink& sink);
  void read_source(const std::string& path, const std::string& input,
                   Format format, ByteSource& bytes);
  [[nodiscard]] std::string host_near(const std::string& path) const;
  [[nodiscard]] const Zone* zone_of(const std::string& host) const;
  void keep_source(SourceFile file, const std::string& input, LoadSink& sink);

  InputNames names_;
  const IngestOptions& options_;
  Store& store_;
  bool second_walk_ = false;
  std::set<std::string> deferred_;
  std::vector<SourceFile> files_;
  std::vector<RecordRun> runs_;
  std::vector<CaseInput> inputs_;
  std::map<std::string, std::vector<std::string>> input_hashes_;
  Tally tally_;
  std::array<std::byte, kSniffBytes> head_{};
  Result<void> status_;
};

void Loader::on_file(const std::string& path, ByteSource& bytes) {
  if (!status_ || (second_walk_ && deferred_.count(path) == 0)) {
    return;
  }
  const Result<std::size_t> got = bytes.read(head_);
  if (!got) {
    on_refused(path, got.error());
    return;
  }
  const auto head = std::span<const std::byte>(head_).first(*got);
  const Format format = sniff(head, path);
  if (format == Format::kFirewallLog && !second_walk_) {
    deferred_.insert(path);
    return;
  }
  if (options_.on_source) {
    options_.on_source(path);
  }
  const auto whole = put_back({head.begin(), head.end()}, bytes);
  read_source(names_.shown(path), names_.input_of(path), format, *whole);
}

void Loader::read_source(const std::string& path, const std::string& input,
                         Format format, ByteSource& bytes) {
  SourceFile file;
  file.id = static_cast<std::int64_t>(files_.size()) + 1;
  file.path = path;
  file.format = format;
  HashingSource hashed(bytes);
  LoadSink sink(store_, file.id, options_.choice, tally_);
  Result<void> done = decode(file, hashed, sink);
  if (done) {
    done = hashed.drain();
  }
  file.sha256 = hashed.hex();
  file.bytes = hashed.count();
  if (!done) {
    file.outcome = Outcome::kDamaged;
    file.damage.note(done.error().text());
  }
  const std::int64_t told = file.damage.accepted_bytes() +
                            file.damage.slack_bytes() +
                            file.damage.dropped_bytes();
  if (told < file.bytes && format != Format::kUnknown) {
    file.damage.dropped({told, file.bytes}, "not read");
  }
  keep_source(std::move(file), input, sink);
}

Result<void> Loader::decode(SourceFile& file, ByteSource& bytes,
                            LoadSink& sink) {
  switch (file.format) {
    case Format::kEvtx: {
      EvtxOptions options;
      options.jobs = options_.jobs;
      options.code_page = options_.code_page;
      return load_evtx(bytes, sink, file.damage, options);
    }
    case Format::kEventXml:
      return read_event_xml(bytes, sink, file.damage);
    case Format::kDialog:
      return read_dialog_text(bytes, sink, file.damage);
    case Format::kFirewallLog: {
      FirewallLogOptions options;
      options.host = host_near(file.path);
      if (const Zone* zone = zone_of(options.host)) {
        options.zone = *zone;
        file.zone = zone->name();
      }
      if (options.host.empty()) {
        file.damage.note("it is not known which host this log is from");
      }
      return read_firewall_log(bytes, options, sink, file.damage);
    }
    case Format::kEmpty:
      file.outcome = Outcome::kIgnored;
      file.damage.note("the file is empty");
      return {};
    case Format::kUnknown:
    case Format::kArchive:
      file.outcome = Outcome::kIgnored;
      return {};
  }
  return {};
}

void Loader::keep_source(SourceFile file, const std::string& input,
                         LoadSink& sink) {
  if (!sink.status()) {
    status_ = sink.status();
    return;
  }
  file.host = sink.host();
  file.events = sink.events();
  file.recovered = sink.recovered();
  file.kept = sink.kept();
  if (file.outcome == Outcome::kRead && file.damage.dropped_bytes() > 0) {
    file.outcome = Outcome::kDamaged;
  }
  for (RecordRun& run : sink.take_runs()) {
    runs_.push_back(std::move(run));
  }
  input_hashes_[input].push_back(file.sha256);
  files_.push_back(std::move(file));
}

void Loader::on_refused(const std::string& path, const Error& error) {
  if (second_walk_) {
    return;
  }
  const std::string text =
      error.what + (error.hint.empty() ? "" : " (" + error.hint + ")");
  if (!files_.empty() && files_.back().path == names_.shown(path)) {
    // The file was read as far as it goes; its container was damaged.
    files_.back().outcome = Outcome::kDamaged;
    files_.back().damage.note(text);
    return;
  }
  SourceFile file;
  file.id = static_cast<std::int64_t>(files_.size()) + 1;
  file.path = names_.shown(path);
  file.outcome = Outcome::kUnreadable;
  file.damage.note(text);
  files_.push_back(std::move(file));
}

void Loader::on_input(const std::string& name, std::int64_t bytes) {
  if (!second_walk_) {
    inputs_.push_back({names_.input_of(name), "", bytes});
  }
}

Result<void> Loader::add_dialog(const std::string& name,
                                const std::string& text) {
  const auto source = open_buffer(as_bytes(text));
  read_source(name, name, Format::kDialog, *source);
  inputs_.push_back({name, "", static_cast<std::int64_t>(text.size())});
  return status_;
}

/// The host of the sources nearest in the folder tree, if they agree; else the
/// only host of the bundle.
std::string Loader::host_near(const std::string& path) const {
  for (std::string folder = folder_of(path);; folder = folder_of(folder)) {
    std::set<std::string> hosts;
    for (const SourceFile& file : files_) {
      const std::string own = folder_of(file.path);
      const bool below =
          folder.empty() || own == folder || own.starts_with(folder + "/");
      if (below && !file.host.empty()) {
        hosts.insert(file.host);
      }
    }
    if (hosts.size() == 1) {
      return *hosts.begin();
    }
    // Several hosts: one may be named by the file itself (HOST_pfirewall.log).
    const std::string lower = to_lower_ascii(path);
    for (const std::string& host : hosts) {
      const std::string name = to_lower_ascii(host.substr(0, host.find('.')));
      if (lower.find(name) != std::string::npos) {
        return host;
      }
    }
    if (folder.empty()) {
      return {};
    }
  }
}

const Zone* Loader::zone_of(const std::string& host) const {
  for (const auto& [name, zone] : options_.zones) {
    const bool same = equals_ignore_case(name, host) ||
                      equals_ignore_case(name, host.substr(0, host.find('.')));
    if (same || name == "*") {
      return &zone;
    }
  }
  return nullptr;
}

Result<IngestSummary> Loader::finish() {
  DF_CHECK(status_);
  IngestSummary summary;
  for (const SourceFile& file : files_) {
    DF_CHECK(store_.add_source(file));
    summary.events += file.events;
    summary.recovered += file.recovered;
    summary.complete = summary.complete && file.outcome != Outcome::kDamaged &&
                       file.outcome != Outcome::kUnreadable;
  }
  summary.sources = static_cast<std::int64_t>(files_.size());
  for (CaseInput& input : inputs_) {
    std::vector<std::string>& hashes = input_hashes_[input.name];
    std::sort(hashes.begin(), hashes.end());
    Sha256 all;
    for (const std::string& hash : hashes) {
      all.update(as_bytes(hash));
    }
    // One plain file is named by its own digest.
    input.sha256 = hashes.size() == 1 ? hashes.front() : all.hex();
    DF_CHECK(store_.add_input(input));
  }
  DF_CHECK(store_.add_tally(tally_));
  for (const RecordRun& run : runs_) {
    DF_CHECK(store_.add_run(run));
  }
  DF_CHECK(store_.finish());
  return summary;
}

}  // namespace

Result<IngestSummary> ingest_bundle(
    std::span<const std::string> inputs,
    const std::map<std::string, std::string>& dialogs,
    const IngestOptions& options, Store& store) {
  Loader loader(inputs, options, store);
  DF_CHECK(walk_bundle(inputs, options.limits, loader));
  if (loader.has_deferred()) {
    loader.begin_second_walk();
    DF_CHECK(walk_bundle(inputs, options.limits, loader));
  }
  for (const auto& [name, text] : dialogs) {
    DF_CHECK(loader.add_dialog(name, text));
  }
  return loader.finish();
}

}  // namespace deskfall
