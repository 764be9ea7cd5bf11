#include "engine/save.h"

namespace deskfall {

namespace {

std::optional<std::int64_t> ticks(const std::optional<Instant>& instant) {
  return instant ? std::optional(instant->ticks) : std::nullopt;
}

std::string joined(const std::vector<std::string>& ids) {
  std::string out;
  for (const std::string& id : ids) {
    out += (out.empty() ? "" : " ") + id;
  }
  return out;
}

Result<void> save_attempts(const Report& report, Database& database) {
  DF_TRY(Statement row,
         database.prepare("INSERT INTO attempt VALUES "
                          "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"));
  DF_TRY(Statement step,
         database.prepare("INSERT INTO step VALUES (?,?,?,?,?,?)"));
  for (const Report::Attempt& a : report.attempts) {
    DF_CHECK(row.run(a.id, a.client.host, a.client.address, a.client.user,
                     a.server.host, a.server.address, a.server.port,
                     ticks(a.began), ticks(a.ended), a.stage, a.close,
                     a.outcome, a.join, a.closed_by, a.through, a.reason,
                     joined(a.codes)));
    for (const Report::Step& s : a.steps) {
      DF_CHECK(
          step.run(a.id, s.stage, s.when.ticks, s.side, s.what, s.evidence));
    }
  }
  return {};
}

Result<void> save_failures(const Report& report, Database& database) {
  DF_TRY(Statement row, database.prepare("INSERT INTO failure VALUES "
                                         "(?,?,?,?,?,?,?,?,?,?)"));
  DF_TRY(Statement cause, database.prepare("INSERT INTO explanation VALUES "
                                           "(?,?,?,?,?,?,?,?)"));
  DF_TRY(Statement finding,
         database.prepare("INSERT INTO finding VALUES (?,?,?,?,?,?,?,?)"));
  for (const Report::Failure& f : report.failures) {
    DF_CHECK(row.run(f.id, f.attempt, ticks(f.when), f.error, f.extended,
                     f.stage, f.close, f.verdict, f.incident, f.headline));
    int rank = 0;
    for (const Report::Cause& c : f.causes) {
      DF_CHECK(cause.run(f.id, ++rank, c.id, c.title, c.grade, c.weight,
                         c.posterior, c.sentence));
      for (const Report::Finding& item : c.findings) {
        DF_CHECK(finding.run(f.id, c.id, item.item, item.role, item.value,
                             item.weight, item.sentence,
                             joined(item.evidence)));
      }
    }
  }
  return {};
}

Result<void> save_context(const Report& report, Database& database) {
  DF_TRY(Statement evidence,
         database.prepare("INSERT INTO evidence VALUES (?,?)"));
  for (const Report::Evidence& e : report.evidence) {
    DF_CHECK(evidence.run(e.id, e.event));
  }
  DF_TRY(Statement coverage,
         database.prepare("INSERT INTO coverage VALUES (?,?,?,?,?,?)"));
  DF_TRY(Statement gap, database.prepare("INSERT INTO gap VALUES (?,?,?,?,?)"));
  for (const Report::Coverage& c : report.coverage) {
    DF_CHECK(coverage.run(c.host, c.log, ticks(c.from), ticks(c.to), c.events,
                          c.ends_because));
    for (const Report::Gap& g : c.gaps) {
      DF_CHECK(gap.run(c.host, c.log, g.from.ticks, g.to.ticks, g.why));
    }
  }
  DF_TRY(Statement clock,
         database.prepare("INSERT INTO clock VALUES (?,?,?,?,?)"));
  for (const Report::Clock& c : report.clocks) {
    DF_CHECK(
        clock.run(c.host, c.relative_to, c.offset_low, c.offset_high, c.pairs));
  }
  return {};
}

}  // namespace

Result<void> save_conclusions(const Report& report, Store& store) {
  Database& database = store.database();
  DF_CHECK(database.script("BEGIN"));
  DF_CHECK(save_attempts(report, database));
  DF_CHECK(save_failures(report, database));
  DF_CHECK(save_context(report, database));
  return database.script("COMMIT");
}

}  // namespace deskfall
