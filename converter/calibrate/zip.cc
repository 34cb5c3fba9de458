// PKWARE's APPNOTE, sections 4.3 and 4.4; 64-bit sizes as in 4.5.3.

#include "converter/calibrate/zip.h"

#include <flatbuffers/base.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <sstream>

#include "converter/calibrate/decoders.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kEndMark = 0x06054b50, kEnd64Mark = 0x06064b50, kLocator64Mark = 0x07064b50,
                        kEntryMark = 0x02014b50, kLocalMark = 0x04034b50;
constexpr std::size_t kEndBytes = 22, kLocator64Bytes = 20, kEnd64Bytes = 56, kEntryBytes = 46, kLocalBytes = 30;
constexpr std::uint16_t kStored = 0, kDeflated = 8, kEncrypted = 1, kExtra64 = 1;
constexpr std::uint32_t kElsewhere = std::numeric_limits<std::uint32_t>::max();

template <class T>
T field(std::span<const std::uint8_t> bytes, std::size_t at) {
  if (at + sizeof(T) > bytes.size()) throw Refusal("its directory is damaged");
  return flatbuffers::ReadScalar<T>(&bytes[at]);
}

Bytes read_at(ByteSource& file, std::uint64_t at, std::uint64_t count) {
  if (at > file.size || count > file.size - at) throw Refusal("it is truncated");
  Bytes bytes(room_for(count));
  file.stream->seekg(static_cast<std::streamoff>(at));
  file.stream->read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
  if (!*file.stream) throw Refusal("it cannot be read");
  return bytes;
}

struct Directory {
  std::uint64_t entries, size, at;
};

// At the file's end, behind it at most a comment.
Directory find_directory(ByteSource& file) {
  constexpr std::uint64_t kMaxTail = kEndBytes + std::numeric_limits<std::uint16_t>::max();
  const std::uint64_t tail_at = file.size - std::min(file.size, kMaxTail);
  const Bytes tail = read_at(file, tail_at, file.size - tail_at);
  for (std::size_t at = tail.size() < kEndBytes ? 0 : tail.size() - kEndBytes + 1; at-- > 0;) {
    if (field<std::uint32_t>(tail, at) != kEndMark) continue;
    const std::uint64_t end = tail_at + at;
    if (end >= kLocator64Bytes) {
      const Bytes locator = read_at(file, end - kLocator64Bytes, kLocator64Bytes);
      if (field<std::uint32_t>(locator, 0) == kLocator64Mark) {
        const Bytes end64 = read_at(file, field<std::uint64_t>(locator, 8), kEnd64Bytes);
        if (field<std::uint32_t>(end64, 0) != kEnd64Mark) throw Refusal("its directory is damaged");
        return {field<std::uint64_t>(end64, 32), field<std::uint64_t>(end64, 40), field<std::uint64_t>(end64, 48)};
      }
    }
    return {field<std::uint16_t>(tail, at + 10), field<std::uint32_t>(tail, at + 12),
            field<std::uint32_t>(tail, at + 16)};
  }
  throw Refusal("it is not in numpy's .npz format, or truncated; save it with numpy.savez");
}

// Fields that do not fit 32 bits are in the extra field, in this order.
void read_extra(std::span<const std::uint8_t> extra, ZipMember& member) {
  while (extra.size() >= 4) {
    const std::size_t size = field<std::uint16_t>(extra, 2);
    if (field<std::uint16_t>(extra, 0) == kExtra64) {
      std::size_t at = 4;
      for (std::uint64_t* value : {&member.size, &member.packed_size, &member.header}) {
        if (*value != kElsewhere) continue;
        *value = field<std::uint64_t>(extra, at);
        at += sizeof(*value);
      }
    }
    extra = extra.subspan(std::min(extra.size(), size + 4));
  }
}

std::vector<ZipMember> read_directory(std::span<const std::uint8_t> bytes, std::uint64_t entries) {
  std::vector<ZipMember> members;
  for (std::size_t at = 0; members.size() < entries;) {
    if (field<std::uint32_t>(bytes, at) != kEntryMark) throw Refusal("its directory is damaged");
    const std::size_t name = field<std::uint16_t>(bytes, at + 28), extra = field<std::uint16_t>(bytes, at + 30);
    const std::size_t comment = field<std::uint16_t>(bytes, at + 32), next = at + kEntryBytes + name + extra + comment;
    ZipMember member{{},
                     field<std::uint16_t>(bytes, at + 10),
                     field<std::uint16_t>(bytes, at + 8),
                     field<std::uint32_t>(bytes, at + 16),
                     field<std::uint32_t>(bytes, at + 20),
                     field<std::uint32_t>(bytes, at + 24),
                     field<std::uint32_t>(bytes, at + 42)};
    if (next > bytes.size()) throw Refusal("its directory is damaged");
    const auto text = bytes.subspan(at + kEntryBytes, name);
    member.name.assign(text.begin(), text.end());
    read_extra(bytes.subspan(at + kEntryBytes + name, extra), member);
    members.push_back(std::move(member));
    at = next;
  }
  return members;
}

constexpr std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < table.size(); ++byte) {
    table[byte] = byte;
    for (int bit = 0; bit < 8; ++bit) table[byte] = table[byte] >> 1 ^ (0xEDB88320U & (0U - (table[byte] & 1)));
  }
  return table;
}

std::uint32_t crc32(std::span<const char> bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = crc_table();
  std::uint32_t crc = ~0U;
  for (const char byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<std::uint8_t>(byte)) & 255];
  return ~crc;
}

}  // namespace

std::vector<ZipMember> read_zip(const std::filesystem::path& path) {
  ByteSource file = open_file(path);
  try {
    const Directory directory = find_directory(file);
    return read_directory(read_at(file, directory.at, directory.size), directory.entries);
  } catch (const Refusal& refusal) {
    refuse("{}: {}", path.string(), refusal.what());
  }
}

ByteSource open_member(const std::filesystem::path& path, const ZipMember& member) {
  ByteSource file = open_file(path);
  if ((member.flags & kEncrypted) != 0) throw Refusal("it is encrypted");
  const Bytes local = read_at(file, member.header, kLocalBytes);
  if (field<std::uint32_t>(local, 0) != kLocalMark) throw Refusal("its header is damaged");
  const std::uint64_t at =
      member.header + kLocalBytes + field<std::uint16_t>(local, 26) + field<std::uint16_t>(local, 28);
  if (member.method == kStored) {
    if (at > file.size || member.size > file.size - at) throw Refusal("it is truncated");
    file.stream->seekg(static_cast<std::streamoff>(at));
    file.size = member.size;
    return file;
  }
  if (member.method != kDeflated) {
    refuse("its compression, method {}, is not supported; use numpy.savez or savez_compressed", member.method);
  }
  std::string inflated = inflate(read_at(file, at, member.packed_size), member.size);
  if (crc32(inflated) != member.checksum) throw Refusal("its checksum is wrong; the file is damaged");
  return {std::make_unique<std::istringstream>(std::move(inflated)), member.size};
}

}  // namespace qrun::converter::calibrate
