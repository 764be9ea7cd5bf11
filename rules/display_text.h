// DisplayText: what a record says to people, in the language of its host.
//
// Rules must not lean on it (lint: display-text), and the tests of rules are
// run with all of it translated: words become other words, while numbers,
// message references (%%1053) and update numbers stay, as they do on a real
// host of another language.
#pragma once

#include <string>
#include <string_view>

#include "ingest/event.h"

namespace deskfall {

/// Whether Windows renders this field for people. Named items of a message's
/// template hold keys and codes; the exceptions are listed with their records.
[[nodiscard]] bool is_display_text(const Event& event, std::string_view field);

/// Every word that has no digit in it, replaced by one of another script.
[[nodiscard]] std::string translate(std::string_view text);

}  // namespace deskfall
