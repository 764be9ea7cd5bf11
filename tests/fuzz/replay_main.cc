// Replays a fuzz target over a folder of cases, without libFuzzer: every case
// as it is, cut at a spread of lengths, and with single bytes changed by a
// fixed generator. A crash or a sanitizer report fails the test.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

namespace {

constexpr int kCuts = 16;
constexpr int kFlips = 32;

void run(const std::vector<std::uint8_t>& bytes) {
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

void run_with_changes(const std::vector<std::uint8_t>& bytes) {
  run(bytes);
  for (std::size_t cut = 0; cut < kCuts; ++cut) {
    const auto keep = static_cast<std::ptrdiff_t>(bytes.size() * cut / kCuts);
    run({bytes.begin(), bytes.begin() + keep});
  }
  if (bytes.empty()) {
    return;
  }
  std::mt19937 random(1);
  for (int flip = 0; flip < kFlips; ++flip) {
    std::vector<std::uint8_t> changed = bytes;
    for (int i = 0; i < 1 + flip / 4; ++i) {
      changed[random() % changed.size()] =
          static_cast<std::uint8_t>(random() & 0xff);
    }
    run(changed);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> cases;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::exists(argv[i])) {
      std::fprintf(stderr, "%s: no such folder of cases\n", argv[i]);
      return 1;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      if (entry.is_regular_file()) {
        cases.push_back(entry.path());
      }
    }
  }
  std::sort(cases.begin(), cases.end());
  run({});
  for (const auto& path : cases) {
    std::ifstream in(path, std::ios::binary);
    const std::vector<char> text((std::istreambuf_iterator<char>(in)), {});
    run_with_changes({text.begin(), text.end()});
  }
  std::printf("%zu cases replayed\n", cases.size());
  return cases.empty() ? 1 : 0;
}
