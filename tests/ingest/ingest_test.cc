#include "ingest/ingest.h"

#include <catch2/catch.hpp>

#include "support/folder.h"
#include "tests/ingest/evtx_bytes.h"

using namespace deskfall;
using namespace deskfall::evtx_test;

TEST_CASE("A case is read with the code page that was asked for") {
  EvtxBytes chunk;
  chunk.begin_record(1, kNoon).fragment().begin_template(7).fragment();
  chunk.open("Event").close_start().system("Example", "7", "Example/Log");
  chunk.open("EventData").close_start();
  chunk.open("Data", true).attribute("Name").text("User").close_start();
  chunk.slot(0, 0x02).end().end().end().eof().end_definition();
  chunk.values({{0x02, "\xe0"}}).eof().end_record();
  const Folder folder;
  const std::string path = folder.put("x.evtx", evtx_file({chunk.finish()}));
  const std::pair<std::string, std::string> pages[] = {
      {"", "\xc3\xa0"},              // a with grave accent
      {"windows-1251", "\xd0\xb0"},  // Cyrillic a
  };
  for (const auto& [page, text] : pages) {
    CAPTURE(page);
    Store store = Store::create_temporary().value();
    IngestOptions options;
    options.code_page = page;
    REQUIRE(ingest_bundle({{path}}, {}, options, store));
    const auto events = store.take_events();
    REQUIRE(events);
    REQUIRE(events->size() == 1);
    CHECK(events->front().fields.text("User") == text);
  }
}
