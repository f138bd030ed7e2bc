// Hand-made relocatable objects (ELF, x86-64), so that the linker can be tested without a compiler.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace actjit::test {

struct TinySymbol {
  std::string_view name;
  bool defined = true;  // at the start of the code; otherwise wanted from elsewhere
};

namespace detail {

template <class T>
std::size_t append(std::string& file, const T& value) {
  const std::size_t at = file.size();
  file.append(reinterpret_cast<const char*>(&value), sizeof value);
  return at;
}

inline Elf64_Shdr section(Elf64_Word name, Elf64_Word type, std::size_t offset, std::size_t size) {
  Elf64_Shdr header{};
  header.sh_name = name;
  header.sh_type = type;
  header.sh_offset = offset;
  header.sh_size = size;
  header.sh_addralign = 1;
  return header;
}

}  // namespace detail

// An object with the code in .text and the symbols as global functions.
inline std::string tiny_object(std::string_view code, const std::vector<TinySymbol>& symbols) {
  const std::string section_names("\0.text\0.symtab\0.strtab\0", 23);
  constexpr Elf64_Half text = 1, symtab = 2, strtab = 3, count = 4;
  std::string file(sizeof(Elf64_Ehdr), '\0');

  const std::size_t code_at = file.size();
  file += code;
  file.resize((file.size() + 7) & ~std::size_t{7});

  const std::size_t symbols_at = detail::append(file, Elf64_Sym{});
  std::string names = section_names;  // one string table for sections and symbols
  for (const TinySymbol& symbol : symbols) {
    Elf64_Sym entry{};
    entry.st_name = static_cast<Elf64_Word>(names.size());
    entry.st_info = ELF64_ST_INFO(STB_GLOBAL, symbol.defined ? STT_FUNC : STT_NOTYPE);
    entry.st_shndx = symbol.defined ? text : SHN_UNDEF;
    entry.st_size = symbol.defined ? code.size() : 0;
    detail::append(file, entry);
    names.append(symbol.name).push_back('\0');
  }
  const std::size_t symbols_size = file.size() - symbols_at;
  const std::size_t names_at = file.size();
  file += names;
  file.resize((file.size() + 7) & ~std::size_t{7});

  Elf64_Shdr headers[count] = {
      Elf64_Shdr{},
      detail::section(1, SHT_PROGBITS, code_at, code.size()),
      detail::section(7, SHT_SYMTAB, symbols_at, symbols_size),
      detail::section(15, SHT_STRTAB, names_at, names.size()),
  };
  headers[text].sh_flags = SHF_ALLOC | SHF_EXECINSTR;
  headers[text].sh_addralign = 16;
  headers[symtab].sh_link = strtab;
  headers[symtab].sh_info = 1;  // all but the null symbol are global
  headers[symtab].sh_entsize = sizeof(Elf64_Sym);
  headers[symtab].sh_addralign = 8;

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_shoff = file.size();
  header.e_ehsize = sizeof header;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = count;
  header.e_shstrndx = strtab;
  std::memcpy(file.data(), &header, sizeof header);
  for (const Elf64_Shdr& entry : headers) detail::append(file, entry);
  return file;
}

// int f() { return value; }
inline std::string returning(unsigned char value, std::string_view symbol = "kernel") {
  std::string code("\xb8\x00\x00\x00\x00\xc3", 6);  // mov eax, value; ret
  code[1] = static_cast<char>(value);
  return tiny_object(code, {{symbol}});
}

}  // namespace actjit::test
