// Sniff: which format a file has, from its first bytes, never from its name.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "ingest/source_file.h"

namespace deskfall {

/// Bytes of the start of a file that a decision may need.
inline constexpr std::size_t kSniffBytes = 65'536;

/// Decides from up to kSniffBytes of the start of the file. Its name counts
/// where these tell nothing: chunks are looked for in whatever is called .evtx.
[[nodiscard]] Format sniff(std::span<const std::byte> head,
                           std::string_view name = {});

}  // namespace deskfall
