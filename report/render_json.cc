#include <fmt/format.h>

#include "report/json_writer.h"
#include "report/render.h"

namespace deskfall {

namespace {

using Layout = JsonWriter::Layout;

/// Ticks as seconds, exact: "-1.8", "0.0000001", "12".
std::string seconds(Ticks ticks) {
  const Ticks size = ticks < 0 ? -ticks : ticks;
  std::string out = fmt::format("{}{}.{:07}", ticks < 0 ? "-" : "",
                                size / kTicksPerSecond, size % kTicksPerSecond);
  out.erase(out.find_last_not_of('0') + 1);
  if (out.back() == '.') {
    out.pop_back();
  }
  return out;
}

/// One overload per part of the model, in the order of the contract.
class ReportWriter {
 public:
  [[nodiscard]] std::string document(const Report& report) {
    json_.begin_object();
    json_.key("schema").text("deskfall.report/1");
    json_.key("run");
    write(report.run);
    write_list("sources", report.sources);
    write_list("coverage", report.coverage);
    write_list("clocks", report.clocks);
    write_list("attempts", report.attempts);
    write_list("failures", report.failures);
    json_.key("evidence").begin_object();
    for (const Report::Evidence& evidence : report.evidence) {
      write(evidence);
    }
    json_.end_object();
    json_.end_object();
    return json_.take();
  }

 private:
  void write(const std::optional<Instant>& time) {
    if (time) {
      json_.text(format_utc(*time));
    } else {
      json_.null();
    }
  }

  void write(const std::optional<std::uint32_t>& code) {
    if (code) {
      json_.number(*code);
    } else {
      json_.null();
    }
  }

  void number_or_null(std::int64_t value) {
    if (value == 0) {
      json_.null();
    } else {
      json_.number(value);
    }
  }

  template <typename Items>
  void write_list(std::string_view key, const Items& items) {
    json_.key(key).begin_list();
    for (const auto& item : items) {
      write(item);
    }
    json_.end_list();
  }

  void write(const Report::Input& input) {
    json_.begin_object(Layout::kFlat);
    json_.key("name").text(input.name);
    json_.key("sha256").text_or_null(input.sha256);
    json_.key("bytes").number(input.bytes);
    json_.end_object();
  }

  void write(const Report::Run& run) {
    json_.begin_object();
    json_.key("version").text(run.version);
    json_.key("rules").begin_object(Layout::kFlat);
    json_.key("pack").text_or_null(run.pack);
    json_.key("sha256").text_or_null(run.pack_sha256);
    json_.end_object();
    json_.key("options").texts(run.options);
    write_list("inputs", run.inputs);
    json_.end_object();
  }

  void write(const Report::Source& source) {
    json_.begin_object();
    json_.key("id").number(source.id);
    json_.key("path").text(source.path);
    json_.key("sha256").text_or_null(source.sha256);
    json_.key("bytes").number(source.bytes);
    json_.key("format").text(source.format);
    json_.key("host").text_or_null(source.host);
    json_.key("events").number(source.events);
    json_.key("recovered").number(source.recovered);
    json_.key("kept").number(source.kept);
    json_.key("bytes_accepted").number(source.bytes_accepted);
    json_.key("bytes_dropped").number(source.bytes_dropped);
    json_.key("outcome").text(source.outcome);
    json_.key("notes").texts(source.notes);
    json_.end_object();
  }

  void write(const Report::Gap& gap) {
    json_.begin_object(Layout::kFlat);
    json_.key("from").text(format_utc(gap.from));
    json_.key("to").text(format_utc(gap.to));
    json_.key("why").text_or_null(gap.why);
    json_.end_object();
  }

  void write(const Report::Coverage& coverage) {
    json_.begin_object();
    json_.key("host").text_or_null(coverage.host);
    json_.key("log").text(coverage.log);
    json_.key("from");
    write(coverage.from);
    json_.key("to");
    write(coverage.to);
    write_list("gaps", coverage.gaps);
    json_.key("ends_because").text_or_null(coverage.ends_because);
    json_.end_object();
  }

  void write(const Report::Clock& clock) {
    json_.begin_object(Layout::kFlat);
    json_.key("host").text(clock.host);
    json_.key("relative_to").text(clock.relative_to);
    json_.key("offset_low_s").literal(seconds(clock.offset_low));
    json_.key("offset_high_s").literal(seconds(clock.offset_high));
    json_.key("pairs").number(clock.pairs);
    json_.end_object();
  }

  void write_client(const Report::Peer& peer) {
    json_.key("client").begin_object(Layout::kFlat);
    json_.key("host").text_or_null(peer.host);
    json_.key("address").text_or_null(peer.address);
    json_.key("user").text_or_null(peer.user);
    json_.end_object();
  }

  void write_server(const Report::Peer& peer) {
    json_.key("server").begin_object(Layout::kFlat);
    json_.key("host").text_or_null(peer.host);
    json_.key("address").text_or_null(peer.address);
    json_.key("port");
    number_or_null(peer.port);
    json_.end_object();
  }

  void write(const Report::Attempt& attempt) {
    json_.begin_object();
    json_.key("id").text(attempt.id);
    write_client(attempt.client);
    write_server(attempt.server);
    json_.key("began");
    write(attempt.began);
    json_.key("ended");
    write(attempt.ended);
    json_.key("stage").text_or_null(attempt.stage);
    json_.key("close").text_or_null(attempt.close);
    json_.key("outcome").text(attempt.outcome);
    json_.key("evidence").texts(attempt.evidence);
    json_.end_object();
  }

  void write(const Report::Finding& finding) {
    json_.begin_object();
    json_.key("item").text(finding.item);
    json_.key("role").text(finding.role);
    json_.key("value").text(finding.value);
    json_.key("weight").number(finding.weight);
    json_.key("sentence").text_or_null(finding.sentence);
    json_.key("evidence").texts(finding.evidence);
    json_.end_object();
  }

  void write(const Report::Cause& cause) {
    json_.begin_object();
    json_.key("id").text(cause.id);
    json_.key("title").text(cause.title);
    json_.key("grade").text(cause.grade);
    json_.key("weight").number(cause.weight);
    json_.key("posterior").literal(fmt::format("{:.4f}", cause.posterior));
    json_.key("sentence").text_or_null(cause.sentence);
    write_list("findings", cause.findings);
    json_.key("remedy").begin_object();
    json_.key("do").texts(cause.remedy.steps);
    json_.key("risk").text_or_null(cause.remedy.risk);
    json_.key("verify").text_or_null(cause.remedy.verify);
    json_.end_object();
    json_.end_object();
  }

  void write(const Report::Missing& missing) {
    json_.begin_object();
    json_.key("log").text(missing.log);
    json_.key("host").text_or_null(missing.host);
    json_.key("why").text_or_null(missing.why);
    json_.key("collect").text_or_null(missing.collect);
    json_.end_object();
  }

  void write(const Report::Failure& failure) {
    json_.begin_object();
    json_.key("id").text(failure.id);
    json_.key("attempt").text_or_null(failure.attempt);
    json_.key("when");
    write(failure.when);
    write_client(failure.client);
    write_server(failure.server);
    json_.key("code").begin_object(Layout::kFlat);
    json_.key("error");
    write(failure.error);
    json_.key("extended");
    write(failure.extended);
    json_.end_object();
    json_.key("stage").text_or_null(failure.stage);
    json_.key("close").text_or_null(failure.close);
    json_.key("verdict").text(failure.verdict);
    json_.key("incident").text_or_null(failure.incident);
    write_list("causes", failure.causes);
    write_list("missing", failure.missing);
    json_.key("next").texts(failure.next);
    json_.key("advice").texts(failure.advice);
    json_.end_object();
  }

  void write(const Report::Evidence& evidence) {
    json_.key(evidence.id).begin_object();
    json_.key("source").number(evidence.source);
    json_.key("host").text_or_null(evidence.host);
    json_.key("channel").text_or_null(evidence.channel);
    json_.key("provider").text_or_null(evidence.provider);
    json_.key("event_id").number(evidence.event_id);
    json_.key("record_id");
    if (evidence.record_id == 0) {
      json_.null();
    } else {
      json_.literal(std::to_string(evidence.record_id));
    }
    json_.key("offset").number(evidence.offset);
    json_.key("line");
    number_or_null(evidence.line);
    json_.key("time");
    write(evidence.time);
    json_.key("text").text_or_null(evidence.text);
    json_.end_object();
  }

  JsonWriter json_;
};

}  // namespace

std::string render_json(const Report& report) {
  return ReportWriter().document(report);
}

}  // namespace deskfall
