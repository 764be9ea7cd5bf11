#include "report/safe_text.h"

#include <catch2/catch.hpp>

namespace deskfall {

TEST_CASE("active characters become visible instead of active") {
  CHECK(one_line("a\x1b[2Jb") == "a\\u{1b}[2Jb");
  CHECK(one_line("gnp.\u202egol") == "gnp.\\u{202e}gol");
  CHECK(one_line("zero\u200bwidth") == "zero\\u{200b}width");
  CHECK(one_line("\u009b31m") == "\\u{9b}31m");
  CHECK(one_line("del\x7f") == "del\\u{7f}");
}

TEST_CASE("a text becomes one line of valid UTF-8") {
  CHECK(one_line("two\r\nlines\tand a tab") == "two lines and a tab");
  CHECK(one_line("cut \xe3\x81") == "cut \ufffd\ufffd");
  CHECK(one_line("日本").size() == 6);
}

TEST_CASE("width counts columns of a terminal, not bytes") {
  CHECK(display_width("SRV01") == 5);
  CHECK(display_width("サーバ") == 6);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("\x1b") == 6);  // shown as \u{1b}
}

TEST_CASE("a text is cut where the columns end") {
  CHECK(fit("LAPTOP7", 7) == "LAPTOP7");
  CHECK(fit("LAPTOP7", 4) == "LAP…");
  CHECK(fit("サーバ", 5) == "サー…");
  CHECK(fit("サーバ", 4) == "サ…");
  CHECK(fit("x", 0).empty());
  CHECK(pad("サ", 4) == "サ  ");
}

TEST_CASE("wrapping breaks at spaces and inside words longer than a line") {
  CHECK(wrap("one two three", 8) ==
        std::vector<std::string>{"one two", "three"});
  CHECK(wrap("0123456789abcdefgh", 8) ==
        std::vector<std::string>{"01234567", "89abcdef", "gh"});
  CHECK(wrap("", 8) == std::vector<std::string>{""});
  CHECK(wrap("サーバサーバ", 9) ==
        std::vector<std::string>{"サーバサ", "ーバ"});
}

TEST_CASE("a shortened text says how much was left out") {
  CHECK(shorten("short", 5) == "short");
  CHECK(shorten("longer", 5) == "longe… (1 more characters)");
  CHECK(shorten(std::string(10'000, 'x'), 10) ==
        "xxxxxxxxxx… (9990 more characters)");
}

}  // namespace deskfall
