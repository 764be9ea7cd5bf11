#include "rules/wildcard.h"

namespace deskfall {

namespace {

char fold(char c, Case mode) {
  return mode == Case::kIgnore && c >= 'A' && c <= 'Z'
             ? static_cast<char>(c - 'A' + 'a')
             : c;
}

}  // namespace

bool wildcard_match(std::string_view pattern, std::string_view text,
                    Case mode) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    bool step = false;
    if (p < pattern.size()) {
      const char c = pattern[p];
      if (c == '*') {
        star = p++;
        resume = t;
        continue;
      }
      const bool escaped = c == '\\' && p + 1 < pattern.size() &&
                           (pattern[p + 1] == '*' || pattern[p + 1] == '?' ||
                            pattern[p + 1] == '\\');
      const char wanted = escaped ? pattern[p + 1] : c;
      if ((c == '?' && !escaped) || fold(wanted, mode) == fold(text[t], mode)) {
        p += escaped ? 2 : 1;
        ++t;
        step = true;
      }
    }
    if (!step) {
      if (star == std::string_view::npos) {
        return false;
      }
      p = star + 1;
      t = ++resume;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

bool wildcard_contains(std::string_view pattern, std::string_view text) {
  return wildcard_match("*" + before_star(std::string(pattern)), text,
                        Case::kIgnore);
}

std::string before_star(const std::string& text) {
  std::size_t slashes = 0;
  while (slashes < text.size() && text[text.size() - 1 - slashes] == '\\') {
    ++slashes;
  }
  return slashes % 2 == 1 ? text + "\\*" : text + "*";
}

std::string escape_wildcards(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '*' || c == '?' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

std::string longest_literal(std::string_view pattern) {
  std::string best;
  std::string run;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*' || c == '?') {
      run.clear();
      continue;
    }
    const bool escapes = c == '\\' && i + 1 < pattern.size() &&
                         (pattern[i + 1] == '*' || pattern[i + 1] == '?' ||
                          pattern[i + 1] == '\\');
    run += escapes ? pattern[++i] : c;
    best = run.size() > best.size() ? run : best;
  }
  return best;
}

std::string unescape(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool escapes = c == '\\' && i + 1 < pattern.size() &&
                         (pattern[i + 1] == '*' || pattern[i + 1] == '?' ||
                          pattern[i + 1] == '\\');
    if (escapes) {
      out += pattern[++i];
    } else if (c != '*') {
      out += c == '?' ? 'x' : c;
    }
  }
  return out;
}

}  // namespace deskfall
