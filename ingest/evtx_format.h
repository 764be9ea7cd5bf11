// EVTX on disk: offsets and constants, and nothing that decides anything.
//
//   file   = header block (4,096 bytes), then slots of 64 KiB to the end
//   slot   = a chunk ("ElfChnk"), or nothing yet (zeros, or what was there)
//   chunk  = header (512 bytes), records, slack
//   record = 2A 2A 00 00 | size u32 | record id u64 | time FILETIME |
//            BinXML | padding | size again u32
//
// All numbers are little-endian. Offsets inside BinXML (names, template
// definitions) count from the first byte of the chunk.
// Layout: MS-EVEN6 2.2.12-2.2.17 for BinXML; file and chunk headers as
// described by the libevtx documentation and measured on 1,586 public files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace deskfall::evtx {

using Bytes = std::span<const std::byte>;

inline constexpr char kFileMagic[8] = {'E', 'l', 'f', 'F', 'i', 'l', 'e', 0};
inline constexpr char kChunkMagic[8] = {'E', 'l', 'f', 'C', 'h', 'n', 'k', 0};
inline constexpr std::uint32_t kRecordMagic = 0x00002a2a;

// File header.
inline constexpr std::size_t kFileHeaderSize = 4096;
inline constexpr std::size_t kFileMajorVersionAt = 38;
inline constexpr std::size_t kFileChunkCountAt = 42;
inline constexpr std::size_t kFileFlagsAt = 120;
inline constexpr std::size_t kFileCrcAt = 124;  ///< of bytes 0-119
inline constexpr std::uint32_t kFileDirty = 0x1;
inline constexpr std::uint32_t kFileWithoutChecksums = 0x4;

// Chunk header.
inline constexpr std::size_t kChunkSize = 65536;
inline constexpr std::size_t kChunkHeaderSize = 512;
inline constexpr std::size_t kChunkFirstIdAt = 24;
inline constexpr std::size_t kChunkLastIdAt = 32;
inline constexpr std::size_t kChunkHeaderLengthAt = 40;  ///< always 128
inline constexpr std::size_t kChunkFreeSpaceAt = 48;
inline constexpr std::size_t kChunkDataCrcAt = 52;     ///< of 512 to free space
inline constexpr std::size_t kChunkHeaderCrcAt = 124;  ///< 0-119 and 128-511

// Record.
inline constexpr std::size_t kRecordHeaderSize = 24;
inline constexpr std::size_t kRecordTrailerSize = 4;
inline constexpr std::size_t kLeastRecordSize =
    kRecordHeaderSize + kRecordTrailerSize;
inline constexpr std::size_t kRecordSizeAt = 4;
inline constexpr std::size_t kRecordIdAt = 8;
inline constexpr std::size_t kRecordTimeAt = 16;

// BinXML tokens. 0x40 on top means "more follows" (attributes, more text); it
// is not needed to read them, and one producer (NetApp) sets it at will.
inline constexpr std::uint8_t kMoreFollows = 0x40;
enum class Token : std::uint8_t {
  kEnd = 0x00,
  kOpenElement = 0x01,
  kCloseStart = 0x02,
  kCloseEmpty = 0x03,
  kEndElement = 0x04,
  kValue = 0x05,
  kAttribute = 0x06,
  kCData = 0x07,
  kCharRef = 0x08,
  kEntityRef = 0x09,
  kPiTarget = 0x0a,
  kPiData = 0x0b,
  kTemplateInstance = 0x0c,
  kSubstitution = 0x0d,
  kOptionalSubstitution = 0x0e,
  kFragment = 0x0f
};

inline constexpr std::uint16_t kNoDependency = 0xffff;

// Template definition: next u32 | GUID | size of what follows u32 | BinXML.
inline constexpr std::size_t kDefinitionGuidAt = 4;
inline constexpr std::size_t kDefinitionSizeAt = 20;
inline constexpr std::size_t kDefinitionHeaderSize = 24;

// Name: next u32 | hash u16 | characters u16 | UTF-16 | NUL u16.
inline constexpr std::size_t kNameHeaderSize = 8;

// Bounds against crafted input. The deepest nesting of instances in 1,586
// public files is 3, the deepest element tree is below 20.
inline constexpr std::size_t kMostInstances = 32;
inline constexpr std::size_t kMostElements = 256;

/// Reads a number; the caller has checked that `at` + its size is inside.
template <typename Number>
[[nodiscard]] Number load(Bytes bytes, std::size_t at) {
  Number value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Whether `count` bytes at `at` are inside.
[[nodiscard]] inline bool has(Bytes bytes, std::size_t at, std::size_t count) {
  return at <= bytes.size() && bytes.size() - at >= count;
}

[[nodiscard]] inline bool has_magic(Bytes bytes, const char (&magic)[8]) {
  return bytes.size() >= sizeof magic &&
         std::memcmp(bytes.data(), magic, sizeof magic) == 0;
}

}  // namespace deskfall::evtx
