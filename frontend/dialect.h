// Dialects: whose names, parameter names and defaults a text uses.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace actjit {

enum class Dialect : std::uint8_t {
  keras,     // what keras.io documents; the default
  keras2,    // the released behaviour of Keras 2 where it differs
  keras3,    // the released behaviour of Keras 3 where it differs
  torch,     // PyTorch's functions and modules
  onnx,      // ONNX operators
  jax,       // jax.nn
  canonical  // our own names; every parameter is explicit
};

struct DialectInfo {
  Dialect dialect;
  std::string_view text;
};

inline constexpr std::array dialect_table{
    DialectInfo{Dialect::keras, "keras"},         DialectInfo{Dialect::keras2, "keras2"},
    DialectInfo{Dialect::keras3, "keras3"},       DialectInfo{Dialect::torch, "torch"},
    DialectInfo{Dialect::onnx, "onnx"},           DialectInfo{Dialect::jax, "jax"},
    DialectInfo{Dialect::canonical, "canonical"},
};

constexpr std::string_view text(Dialect d) {
  return dialect_table[static_cast<std::size_t>(d)].text;
}
constexpr std::optional<Dialect> find_dialect(std::string_view text) {
  for (const DialectInfo& row : dialect_table)
    if (row.text == text) return row.dialect;
  return std::nullopt;
}

}  // namespace actjit
