#include "ingest/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <new>
#include <vector>

#include "ingest/text.h"

namespace deskfall {

namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

Context new_context() {
  Context context(EVP_MD_CTX_new());
  if (!context) {
    throw std::bad_alloc();
  }
  return context;
}

std::string base64_digest(std::string_view bytes, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, kind, nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE * 2> text{};
  const int length =
      EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
  return {text.begin(), text.begin() + length};
}

}  // namespace

NameHashes hash_name(std::string_view utf8) {
  std::string bytes;
  const auto append = [&bytes](std::uint32_t unit) {
    bytes += static_cast<char>(unit & 0xffU);
    bytes += static_cast<char>(unit >> 8U);
  };
  for (std::size_t at = 0; at < utf8.size();) {
    const std::uint32_t point = next_code_point(utf8, at);
    if (point >= 0x10000U) {
      append(0xd800U + ((point - 0x10000U) >> 10U));
      append(0xdc00U + ((point - 0x10000U) & 0x3ffU));
    } else {
      append(point);
    }
  }
  return {base64_digest(bytes, EVP_sha256()), base64_digest(bytes, EVP_sha1())};
}

struct Sha256::State {
  Context context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  state_->context = new_context();
  EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size());
}

std::string Sha256::hex() const {
  // Finishing spends the context, so a copy is finished.
  const Context copy = new_context();
  EVP_MD_CTX_copy_ex(copy.get(), state_->context.get());
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_DigestFinal_ex(copy.get(), digest.data(), &size);
  return to_hex_lower(std::as_bytes(std::span(digest).first(size)));
}

Result<std::size_t> HashingSource::read(std::span<std::byte> out) {
  DF_TRY(const std::size_t count, inner_.read(out));
  hash_.update(out.first(count));
  count_ += static_cast<std::int64_t>(count);
  return count;
}

Result<void> HashingSource::drain() {
  std::vector<std::byte> buffer(std::size_t{64} * 1024);
  while (true) {
    DF_TRY(const std::size_t count, read(buffer));
    if (count == 0) {
      return {};
    }
  }
}

}  // namespace deskfall
