// Certificates as files: JSON, one certificate each.
//
//   Certificates mine = *read_certificates(certificate_folder());
//   Engine engine = *Engine::create(mine);
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "ir/pipeline.h"

namespace actjit {

// What a file says beside the certificate, for people: the target, the time it took.
using CertificateNote = std::pair<std::string, std::string>;

std::string to_json(const Certificate& certificate, std::span<const CertificateNote> notes = {});

// The only certificate of a text. `where` names it in errors. Errors: syntax, naming the field;
// limit for more than 4096 patches or 1 MiB.
Result<Certificates> parse_certificate(std::string_view json, std::string_view where);

// The file `path`. Errors: io; those of parse_certificate.
Result<Certificates> read_certificate(const std::string& path);

// All files *.json of a folder, in the order of their names; none where the folder is not there.
// Errors: those of read_certificate.
Result<Certificates> read_certificates(const std::string& folder);

// The name a certificate's file has in such a folder.
std::string certificate_file_name(const Certificate& certificate);

}  // namespace actjit
