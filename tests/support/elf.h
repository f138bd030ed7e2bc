// As much of ELF as tests ask: the names of an object's symbols.
#pragma once

#include <elf.h>

#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace actjit::test {

struct Symbol {
  std::string name;
  bool is_undefined;
  bool is_global;
};

inline std::vector<Symbol> symbols_of(std::span<const char> object) {
  const auto at = [&]<class T>(std::size_t offset, T) {
    T out{};
    if (offset + sizeof(T) <= object.size()) std::memcpy(&out, object.data() + offset, sizeof(T));
    return out;
  };
  const auto header = at(0, Elf64_Ehdr{});
  std::vector<Symbol> out;
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return out;
  const auto section = [&](std::size_t i) {
    return at(header.e_shoff + i * header.e_shentsize, Elf64_Shdr{});
  };
  for (std::size_t s = 0; s < header.e_shnum; ++s) {
    const Elf64_Shdr table = section(s);
    if (table.sh_type != SHT_SYMTAB) continue;
    const Elf64_Shdr names = section(table.sh_link);
    // The first symbol is ELF's null symbol.
    for (std::size_t i = 1; i < table.sh_size / sizeof(Elf64_Sym); ++i) {
      const auto symbol = at(table.sh_offset + i * sizeof(Elf64_Sym), Elf64_Sym{});
      const char* name = object.data() + names.sh_offset + symbol.st_name;
      out.push_back(
          {name, symbol.st_shndx == SHN_UNDEF, ELF64_ST_BIND(symbol.st_info) == STB_GLOBAL});
    }
  }
  return out;
}

// The names of all sections.
inline std::vector<std::string> sections_of(std::span<const char> object) {
  Elf64_Ehdr header{};
  std::memcpy(&header, object.data(), sizeof(header));
  const auto section = [&](std::size_t i) {
    Elf64_Shdr out{};
    std::memcpy(&out, object.data() + header.e_shoff + i * header.e_shentsize, sizeof(out));
    return out;
  };
  const Elf64_Shdr names = section(header.e_shstrndx);
  std::vector<std::string> out;
  for (std::size_t s = 0; s < header.e_shnum; ++s)
    out.emplace_back(object.data() + names.sh_offset + section(s).sh_name);
  return out;
}

}  // namespace actjit::test
