// Members of .zip files, which .npz files are.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "converter/calibrate/array_source.h"

namespace qrun::converter::calibrate {

struct ZipMember {
  std::string name;
  std::uint16_t method = 0, flags = 0;
  std::uint32_t checksum = 0;
  std::uint64_t packed_size = 0, size = 0, header = 0;
};

// The central directory. Refuses what is no .zip file, with the path in front.
std::vector<ZipMember> read_zip(const std::filesystem::path& path);

// Stored members are read from the file as they are needed; deflated ones are inflated whole, into memory.
ByteSource open_member(const std::filesystem::path& path, const ZipMember& member);

}  // namespace qrun::converter::calibrate
