#include "tests/support/sample_report.h"

namespace deskfall {

namespace {

Instant at(const std::string& clock) {
  return parse_iso8601("2026-03-02T" + clock + "Z").value();
}

constexpr char kHashA[] =
    "1f0e6f4a9a4f6a1d8b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef01";
constexpr char kHashB[] =
    "2b7d1c0f9e8d7c6b5a493827161504f3e2d1c0bfae9d8c7b6a59483726150403";
constexpr char kHashC[] =
    "3c9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d9e";

const Report::Peer kLaptop{"LAPTOP7", "192.0.2.17", "EXAMPLE\\anna", 0};
const Report::Peer kServer{"SRV01", "198.51.100.5", "", 3389};

void add_sources(Report& report) {
  report.run.version = "0.1.0";
  report.run.pack = "builtin 1";
  report.run.pack_sha256 = kHashC;
  report.run.options = {"--zone SRV01=Europe/Berlin"};
  report.run.inputs = {{"case-4711.zip", kHashA, 212'400'128}};

  Report::Source client;
  client.id = 1;
  client.path = "case-4711.zip/LAPTOP7/RDPClient-Operational.evtx";
  client.sha256 = kHashB;
  client.bytes = 1'118'208;
  client.format = "evtx";
  client.host = "LAPTOP7";
  client.events = 1'902;
  client.recovered = 12;
  client.kept = 240;
  client.bytes_accepted = 1'118'208;
  client.outcome = "read";

  Report::Source firewall;
  firewall.id = 2;
  // A name that tries to read "gnp.log" backwards on a careless terminal.
  firewall.path = "case-4711.zip/SRV01/pf\u202egol.png";
  firewall.bytes = 0;
  firewall.format = "unknown";
  firewall.outcome = "unreadable";
  firewall.notes = {"member is encrypted and no passphrase was given"};

  Report::Source server;
  server.id = 3;
  server.path = "case-4711.zip/SRV01/RdpCoreTS-Operational.evtx";
  server.sha256 = kHashC;
  server.bytes = 211'281'920;
  server.format = "evtx";
  server.host = "SRV01";
  server.events = 480'000;
  server.kept = 1'200;
  server.bytes_accepted = 211'150'848;
  server.bytes_dropped = 131'072;
  server.outcome = "damaged";
  server.notes = {"chunk 40: checksum of the records does not match",
                  "header says 1 chunk, found 3224"};
  report.sources = {client, firewall, server};
}

void add_coverage(Report& report) {
  Report::Coverage client;
  client.host = "LAPTOP7";
  client.log = "rdpclient-operational";
  client.from = at("07:55:00");
  client.to = at("09:30:00");
  client.ends_because = "collected";
  client.events = 1'902;

  Report::Coverage server;
  server.host = "SRV01";
  server.log = "rdpcorets-operational";
  server.from = at("06:00:00");
  server.to = at("09:28:30");
  server.gaps = {{at("08:50:00"), at("08:55:10"), "2 damaged chunks"}};
  server.ends_because = "collected";
  server.events = 480'000;

  Report::Coverage security;
  security.host = "SRV01";
  security.log = "security";
  security.ends_because = "not in the bundle";
  report.coverage = {client, server, security};

  report.clocks = {{"LAPTOP7", "SRV01", 17'000'000, 19'000'000, 3,
                    "LAPTOP7 1.8 s ahead of SRV01 (3 pairs, spread 0.2 s)"}};
}

void add_attempts(Report& report) {
  Report::Attempt good;
  good.id = "1";
  good.client = kLaptop;
  good.server = kServer;
  good.began = at("08:02:11.25");
  good.ended = at("08:10:40");
  good.stage = "session";
  good.close = "fin";
  good.outcome = "success";
  good.evidence = {"e1"};
  good.steps = {{"tcp", at("08:02:11.25"), "server",
                 "listener accepted the connection", "e1"}};

  Report::Attempt refused;
  refused.id = "2";
  refused.client = kLaptop;
  refused.server = kServer;
  refused.began = at("08:14:05.4123456");
  refused.ended = at("08:14:07.4123456");
  refused.stage = "x224";
  refused.close = "reset";
  refused.outcome = "failed";
  refused.evidence = {"e2", "e3", "e4", "e5"};
  refused.steps = {
      {"dns", at("08:14:05.4123456"), "client", "name was resolved", "e2"},
      {"tcp", at("08:14:05.5201"), "network", "firewall let the packet pass",
       "e6"},
      {"tcp", at("08:14:05.6"), "server", "listener accepted the connection",
       "e3"},
      {"x224", at("08:14:05.611"), "server", "security protocol was agreed",
       "e3"},
      {"tls", at("08:14:05.6405"), "server", "private key was refused", "e4"}};

  Report::Attempt lost;
  lost.id = "3";
  lost.client = kLaptop;
  lost.client.user = "EXAMPLE\\<script>alert(1)</script>";
  lost.server = kServer;
  lost.began = at("08:52:02");
  lost.ended = at("08:52:31.0000001");
  lost.stage = "none";
  lost.close = "silence";
  lost.outcome = "failed";
  lost.evidence = {"e7"};
  lost.steps = {{"dns", at("08:52:02"), "client", "name was resolved", "e7"}};
  report.attempts = {good, refused, lost};
}

Report::Cause key_cause() {
  Report::Cause cause;
  cause.id = "rdp-private-key-access-denied";
  cause.title = "The server may not read the key of its certificate";
  cause.grade = "established";
  cause.supported = true;
  cause.weight = 4'120;
  cause.posterior = 0.98765;
  cause.sentence =
      "SRV01 accepted the connection at 08:14:05.600 but could not use the "
      "private key of its Remote Desktop certificate; Schannel said so 40 ms "
      "later.";
  cause.findings = {
      {"reached",
       "required",
       "present",
       610,
       "the listener accepted the connection, so the network path was open",
       {"e3"}},
      {"schannel",
       "supporting",
       "present",
       1'930,
       "Schannel could not open the private key (error 0x8009030d)",
       {"e4"}},
      {"later",
       "supporting",
       "absent",
       480,
       "no later stage was logged, in a log that covers the whole window",
       {}},
      {"others",
       "refuting",
       "unknown",
       0,
       "whether others passed TLS at that time: the Security log is missing",
       {}}};
  cause.remedy = {{"Grant NETWORK SERVICE read access to the machine key",
                   "Restart TermService outside working hours"},
                  "the restart ends every session on the server",
                  "no Schannel 36870 for a day and one successful logon"};
  return cause;
}

Report::Cause packet_filter() {
  Report::Cause cause;
  cause.id = "firewall-drop";
  cause.title = "A packet filter drops the connection";
  cause.grade = "ruled out";
  cause.weight = -2'000;
  cause.posterior = 0.0001;
  cause.sentence = "A packet filter before the server dropped the packets.";
  cause.findings = {{"reached",
                     "stage",
                     "present",
                     -2'000,
                     "the attempt passed tcp, which this cause cannot",
                     {"e3"}}};
  return cause;
}

Report::Failure refused_failure() {
  Report::Failure failure;
  failure.id = "1";
  failure.attempt = "2";
  failure.when = at("08:14:07.4123456");
  failure.client = kLaptop;
  failure.server = kServer;
  failure.error = 0x904;
  failure.extended = 0x7;
  failure.stage = "tls";
  failure.close = "reset";
  failure.verdict = "explained";
  failure.incident = "A";
  failure.headline =
      "The client lost the connection while the TLS handshake ran.";
  failure.causes = {key_cause(), packet_filter()};
  failure.next = {"check who may read the machine key of SRV01"};
  return failure;
}

Report::Failure lost_failure() {
  Report::Failure failure;
  failure.id = "2";
  failure.attempt = "3";
  failure.when = at("08:52:31.0000001");
  failure.client = kLaptop;
  failure.client.user = "EXAMPLE\\<script>alert(1)</script>";
  failure.server = kServer;
  failure.error = 0x204;
  failure.stage = "tcp..tls";
  failure.close = "silence";
  failure.verdict = "undecidable";
  failure.headline =
      "The server never answered; nothing on its side covers the moment.";
  Report::Cause loss;
  loss.id = "packet-loss";
  loss.title = "Packets were lost on the way";
  loss.grade = "possible";
  loss.supported = true;
  loss.weight = 310;
  loss.posterior = 0.41;
  loss.sentence = "Three attempts within a minute ended in silence.";
  loss.findings = {
      {"silence",
       "supporting",
       "present",
       310,
       "the client waited 29.0 s and heard nothing",
       {"e7"}},
      {"retransmits",
       "required",
       "unknown",
       0,
       "no capture shows whether packets were sent again",
       {}},
      {"in-order",
       "refuting",
       "absent",
       -120,
       "other connections at that time show no loss | all <b>fine</b>",
       {"e1", "e2", "e3"}}};
  Report::Cause filter = packet_filter();
  filter.grade = "possible";
  filter.supported = true;
  filter.weight = 280;
  filter.posterior = 0.38;
  filter.findings = {{"dropped",
                      "required",
                      "unknown",
                      0,
                      "the firewall log of SRV01 could not be read",
                      {}}};
  failure.causes = {loss, filter};
  failure.missing = {
      {"pfirewall.log", "SRV01", "it alone tells packet loss from a filter",
       "copy %windir%\\system32\\LogFiles\\Firewall\\pfirewall.log"},
      {"security", "SRV01", "logons of others at 08:52 show an open path",
       "wevtutil epl Security security.evtx"}};
  failure.next = {"collect the firewall log of SRV01",
                  "ask LAPTOP7 for a capture with pktmon"};
  return failure;
}

Report::Failure dialog_failure() {
  Report::Failure failure;
  failure.id = "3";
  failure.when = at("09:12:00");
  failure.error = 0x904;
  failure.extended = 0x7;
  failure.verdict = "unexplained";
  failure.headline = "A pasted dialog; no log covers its minute.";
  failure.next = {"collect the client log of the machine that showed it"};
  return failure;
}

Report::Evidence record(const std::string& id, std::int64_t source,
                        const std::string& host, const std::string& channel,
                        const std::string& provider, std::uint32_t event,
                        const std::string& clock, const std::string& text) {
  Report::Evidence evidence;
  evidence.id = id;
  evidence.source = source;
  evidence.host = host;
  evidence.channel = channel;
  evidence.provider = provider;
  evidence.event_id = event;
  evidence.record_id = 4'000 + static_cast<std::uint64_t>(id.back() - '0');
  evidence.offset = 65'536 * (id.back() - '0') + 512;
  evidence.time = at(clock);
  evidence.clock_note = "exact";
  evidence.text = text;
  return evidence;
}

void add_evidence(Report& report) {
  const std::string core = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS";
  const std::string client =
      "Microsoft-Windows-TerminalServices-ClientActiveXCore";
  report.evidence = {
      record("e1", 3, "SRV01", core + "/Operational", core, 131, "08:02:11.25",
             "server accepted a TCP connection from "
             "192.0.2.17:50711"),
      record("e2", 1, "LAPTOP7", client + "/Microsoft-Windows-RDPClient",
             client, 1024, "08:14:05.4123456",
             "client tries to connect to SRV01"),
      record("e3", 3, "SRV01", core + "/Operational", core, 131, "08:14:05.6",
             "server accepted a TCP connection from 192.0.2.17:50712"),
      record("e4", 3, "SRV01", "System", "Schannel", 36870, "08:14:05.6405",
             "a fatal error occurred when accessing the TLS server credential "
             "private key; error code 0x8009030d"),
      record("e5", 1, "LAPTOP7", client + "/Microsoft-Windows-RDPClient",
             client, 1026, "08:14:07.4123456", "disconnected, reason 2308"),
      record("e6", 3, "SRV01", "pfirewall.log", "pfirewall", 0, "09:14:05",
             "ALLOW TCP 192.0.2.17 198.51.100.5 50712 3389\nsecond\x1b[31m "
             "line"),
      record("e7", 1, "LAPTOP7", client + "/Microsoft-Windows-RDPClient",
             client, 1024, "08:52:02", "client tries to connect to `SRV01`")};
  Report::Evidence& row = report.evidence[5];
  row.record_id = 0;
  row.line = 812;
  row.clock_note = "zone-unknown";
}

void append(std::string& text, const std::string& payload) {
  text += payload;
}

void append(std::vector<std::string>& texts, const std::string& payload) {
  for (std::string& text : texts) {
    append(text, payload);
  }
}

void append(Report::Peer& peer, const std::string& payload) {
  append(peer.host, payload);
  append(peer.address, payload);
  append(peer.user, payload);
}

}  // namespace

Report sample_report() {
  Report report;
  add_sources(report);
  add_coverage(report);
  add_attempts(report);
  report.failures = {refused_failure(), lost_failure(), dialog_failure()};
  add_evidence(report);
  Report::Summary& sum = report.summary;
  sum.hosts = {"LAPTOP7", "SRV01"};
  sum.events = 481'902;
  sum.from = at("06:00:00");
  sum.to = at("09:30:00");
  sum.alerts = {
      "SRV01 Security.evtx: hidden record: 105 inside record 104 at offset "
      "15868464; somebody removed it from the log"};
  sum.damaged = {
      "SRV01 RdpCoreTS-Operational.evtx: 131,072 bytes dropped at offset "
      "2,625,536 (2 chunks)",
      "pf\u202egol.png: member is encrypted and no passphrase was given"};
  sum.missing = {"SRV01 firewall log", "SRV01 Security",
                 "LAPTOP7 client log before 07:55"};
  sum.attempts = 3;
  sum.succeeded = 1;
  sum.failed = 2;
  sum.explained = 1;
  sum.complete = false;
  return report;
}

Report quiet_report() {
  Report report;
  report.run.version = "0.1.0";
  report.run.inputs = {{"empty.zip", kHashA, 812}};
  report.summary.missing = {"the client log of any host"};
  return report;
}

Report hostile_report(const std::string& payload) {
  Report report = sample_report();
  append(report.run.options, payload);
  append(report.summary.hosts, payload);
  append(report.summary.alerts, payload);
  append(report.summary.damaged, payload);
  append(report.summary.missing, payload);
  for (Report::Input& input : report.run.inputs) {
    append(input.name, payload);
  }
  for (Report::Source& source : report.sources) {
    append(source.path, payload);
    append(source.host, payload);
    append(source.notes, payload);
  }
  for (Report::Coverage& coverage : report.coverage) {
    append(coverage.host, payload);
    append(coverage.log, payload);
    append(coverage.ends_because, payload);
    for (Report::Gap& gap : coverage.gaps) {
      append(gap.why, payload);
    }
  }
  for (Report::Clock& clock : report.clocks) {
    append(clock.host, payload);
    append(clock.relative_to, payload);
    append(clock.sentence, payload);
  }
  for (Report::Attempt& attempt : report.attempts) {
    append(attempt.client, payload);
    append(attempt.server, payload);
    append(attempt.close, payload);
    for (Report::Step& step : attempt.steps) {
      append(step.what, payload);
    }
  }
  for (Report::Failure& failure : report.failures) {
    append(failure.client, payload);
    append(failure.server, payload);
    append(failure.headline, payload);
    append(failure.next, payload);
    append(failure.incident, payload);
    for (Report::Cause& cause : failure.causes) {
      append(cause.id, payload);
      append(cause.title, payload);
      append(cause.sentence, payload);
      append(cause.remedy.steps, payload);
      append(cause.remedy.risk, payload);
      append(cause.remedy.verify, payload);
      for (Report::Finding& finding : cause.findings) {
        append(finding.item, payload);
        append(finding.sentence, payload);
      }
    }
    for (Report::Missing& missing : failure.missing) {
      append(missing.log, payload);
      append(missing.host, payload);
      append(missing.why, payload);
      append(missing.collect, payload);
    }
  }
  for (Report::Evidence& evidence : report.evidence) {
    append(evidence.host, payload);
    append(evidence.channel, payload);
    append(evidence.provider, payload);
    append(evidence.text, payload);
  }
  return report;
}

Report long_report(int failures) {
  Report report = sample_report();
  const Report::Failure first = report.failures.front();
  report.failures.clear();
  for (int i = 1; i <= failures; ++i) {
    report.failures.push_back(first);
    report.failures.back().id = std::to_string(i);
  }
  return report;
}

}  // namespace deskfall
