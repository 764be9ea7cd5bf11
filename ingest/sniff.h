// Sniff: which format a file has, from its first bytes, never from its name.
#pragma once

#include <cstddef>
#include <span>

#include "ingest/source_file.h"

namespace deskfall {

/// Bytes of the start of a file that a decision may need.
inline constexpr std::size_t kSniffBytes = 65'536;

/// Decides from up to kSniffBytes of the start of the file.
[[nodiscard]] Format sniff(std::span<const std::byte> head);

}  // namespace deskfall
