#include "ingest/evtx_crc.h"

#include <array>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace deskfall::evtx {

namespace {

// Slicing by eight: eight tables, eight bytes a step.
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    }
    tables[0][i] = crc;
  }
  for (std::size_t table = 1; table < 8; ++table) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t crc = tables[table - 1][i];
      tables[table][i] = (crc >> 8U) ^ tables[0][crc & 0xff];
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

/// On the inverted register.
std::uint32_t by_tables(std::uint32_t crc, Bytes bytes) {
  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    const std::uint32_t low = load<std::uint32_t>(bytes, at) ^ crc;
    const auto high = load<std::uint32_t>(bytes, at + 4);
    crc = kTables[7][low & 0xff] ^ kTables[6][(low >> 8U) & 0xff] ^
          kTables[5][(low >> 16U) & 0xff] ^ kTables[4][low >> 24U] ^
          kTables[3][high & 0xff] ^ kTables[2][(high >> 8U) & 0xff] ^
          kTables[1][(high >> 16U) & 0xff] ^ kTables[0][high >> 24U];
  }
  for (; at < bytes.size(); ++at) {
    crc = (crc >> 8U) ^
          kTables[0][(crc ^ std::to_integer<std::uint32_t>(bytes[at])) & 0xff];
  }
  return crc;
}

#if defined(__x86_64__)
constexpr std::size_t kFoldBlock = 64;

#define DF_FOLDING __attribute__((target("pclmul,sse4.1")))

DF_FOLDING inline __m128i fold(__m128i value, __m128i keys, __m128i next) {
  const __m128i low = _mm_clmulepi64_si128(value, keys, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, keys, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/// Carry-less multiplication, 64 bytes a step; `bytes` is a multiple of 16 and
/// at least 64. Method and constants: V. Gopal et al., "Fast CRC Computation
/// for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009, for the
/// reflected polynomial 0x04c11db7.
DF_FOLDING std::uint32_t by_folding(std::uint32_t crc, Bytes bytes) {
  const __m128i by_512 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  const __m128i by_128 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  const __m128i by_64 = _mm_set_epi64x(0, 0x0163cd6124);
  const __m128i barrett = _mm_set_epi64x(0x01f7011641, 0x01db710641);
  const __m128i low_half = _mm_setr_epi32(~0, 0, ~0, 0);
  const auto block = [&bytes](std::size_t at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
  };
  __m128i a = _mm_xor_si128(block(0), _mm_cvtsi32_si128(static_cast<int>(crc)));
  __m128i b = block(16);
  __m128i c = block(32);
  __m128i d = block(48);
  std::size_t at = kFoldBlock;
  for (; bytes.size() - at >= kFoldBlock; at += kFoldBlock) {
    a = fold(a, by_512, block(at));
    b = fold(b, by_512, block(at + 16));
    c = fold(c, by_512, block(at + 32));
    d = fold(d, by_512, block(at + 48));
  }
  a = fold(a, by_128, b);
  a = fold(a, by_128, c);
  a = fold(a, by_128, d);
  for (; bytes.size() - at >= 16; at += 16) {
    a = fold(a, by_128, block(at));
  }
  // 128 bits to 64, to 32, and the remainder by Barrett's reduction.
  b = _mm_clmulepi64_si128(a, by_128, 0x10);
  a = _mm_xor_si128(_mm_srli_si128(a, 8), b);
  b = _mm_srli_si128(a, 4);
  a = _mm_clmulepi64_si128(_mm_and_si128(a, low_half), by_64, 0x00);
  a = _mm_xor_si128(a, b);
  b = _mm_clmulepi64_si128(_mm_and_si128(a, low_half), barrett, 0x10);
  b = _mm_clmulepi64_si128(_mm_and_si128(b, low_half), barrett, 0x00);
  return static_cast<std::uint32_t>(_mm_extract_epi32(_mm_xor_si128(a, b), 1));
}

#undef DF_FOLDING

constexpr std::size_t kWideBlock = 256;

#define DF_WIDE __attribute__((target("avx512f,vpclmulqdq,pclmul,sse4.1")))

DF_WIDE inline __m512i fold(__m512i value, __m512i keys, __m512i next) {
  const __m512i low = _mm512_clmulepi64_epi128(value, keys, 0x00);
  const __m512i high = _mm512_clmulepi64_epi128(value, keys, 0x11);
  return _mm512_xor_si512(_mm512_xor_si512(low, high), next);
}

DF_WIDE inline __m512i wide_block(Bytes bytes, std::size_t at) {
  return _mm512_loadu_si512(bytes.data() + at);
}

/// The same, 256 bytes a step; takes all whole steps off the front of `bytes`
/// and gives out 64 bytes that stand for what it took.
DF_WIDE void fold_wide(std::uint32_t crc, Bytes& bytes, std::byte* rest) {
  // x^(2048+32), x^(2048-32) and x^(512+32), x^(512-32), modulo the polynomial
  // and reflected, as above.
  const __m512i by_2048 =
      _mm512_set4_epi64(0x01322d1430, 0x011542778a, 0x01322d1430, 0x011542778a);
  const __m512i by_512 =
      _mm512_set4_epi64(0x01c6e41596, 0x0154442bd4, 0x01c6e41596, 0x0154442bd4);
  __m512i a = _mm512_xor_si512(
      wide_block(bytes, 0),
      _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(crc))));
  __m512i b = wide_block(bytes, 64);
  __m512i c = wide_block(bytes, 128);
  __m512i d = wide_block(bytes, 192);
  std::size_t at = kWideBlock;
  for (; bytes.size() - at >= kWideBlock; at += kWideBlock) {
    a = fold(a, by_2048, wide_block(bytes, at));
    b = fold(b, by_2048, wide_block(bytes, at + 64));
    c = fold(c, by_2048, wide_block(bytes, at + 128));
    d = fold(d, by_2048, wide_block(bytes, at + 192));
  }
  a = fold(a, by_512, b);
  a = fold(a, by_512, c);
  a = fold(a, by_512, d);
  _mm512_storeu_si512(rest, a);
  bytes = bytes.subspan(at);
}

#undef DF_WIDE

bool can_fold() {
  static const bool kCan = __builtin_cpu_supports("pclmul") != 0 &&
                           __builtin_cpu_supports("sse4.1") != 0;
  return kCan;
}

bool can_fold_wide() {
  static const bool kCan = __builtin_cpu_supports("avx512f") != 0 &&
                           __builtin_cpu_supports("vpclmulqdq") != 0;
  return kCan;
}
#endif

}  // namespace

std::uint32_t crc32(std::uint32_t crc, Bytes bytes) {
  crc = ~crc;
#if defined(__x86_64__)
  if (bytes.size() >= kWideBlock && can_fold() && can_fold_wide()) {
    // What 64 bytes stand for has the remainder of what they replace.
    std::array<std::byte, kFoldBlock> rest;
    fold_wide(crc, bytes, rest.data());
    crc = by_folding(0, rest);
  }
  if (bytes.size() >= kFoldBlock && can_fold()) {
    const std::size_t folded = bytes.size() / 16 * 16;
    crc = by_folding(crc, bytes.first(folded));
    bytes = bytes.subspan(folded);
  }
#endif
  return ~by_tables(crc, bytes);
}

}  // namespace deskfall::evtx
