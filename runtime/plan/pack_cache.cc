#include "runtime/plan/pack_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include "pack_sources.h"
#include "runtime/descriptor.h"
#include "runtime/keyed_hash.h"
#include "runtime/sha256.h"

namespace qrun::runtime {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::array<char, 8> kMagic = {'q', 'r', 'u', 'n', 'p', 'a', 'c', 'k'};

// Multiples of 64 bytes, as the constants behind it are aligned like their file.
struct Header {
  std::array<char, 8> magic;
  std::uint64_t model_bytes;
  Sha256Digest packing;  // of all that decides the constants besides the model
  KeyedHash::Seed seed;
  KeyedHash::Value model_hash, constants_hash;
  std::uint64_t constants_bytes, reserved;
};
static_assert(sizeof(Header) % kernels::kPackedAlignment == 0);
static_assert(std::has_unique_object_representations_v<Header>, "its bytes are its values");

Bytes bytes_of(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }
Bytes bytes_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

Sha256Digest packing_of(const ConstantPool& pool, const kernels::Row& row) {
  qrun_sha256_state state;
  sha256_begin(state);
  sha256_update(state, bytes_of(std::string(qrun_version()) + ' ' + QRUN_PACK_SOURCES + ' '));
  sha256_update(state, bytes_of(std::string(row.name) + ' '));
  sha256_update(state, bytes_of(pool.form()));
  return sha256_end(state);
}

// Tells models apart by some of their bytes. Two of the same name take turns, they are never confused.
std::string file_name(Bytes model, const kernels::Row& row, const Sha256Digest& packing) {
  constexpr std::size_t kSamples = 64, kSampleBytes = 64;
  qrun_sha256_state state;
  sha256_begin(state);
  sha256_update(state, packing);
  for (std::size_t i = 0; i < kSamples; ++i) {
    const std::size_t from = model.size() / kSamples * i;
    sha256_update(state, model.subspan(from, std::min(kSampleBytes, model.size() - from)));
  }
  const std::uint64_t size = model.size();
  sha256_update(state, {reinterpret_cast<const std::uint8_t*>(&size), sizeof(size)});
  const Sha256Digest digest = sha256_end(state);
  std::string name = std::string(row.name) + '-';
  for (std::size_t i = 0; i < digest.size() / 2; ++i) {
    for (const int shift : {4, 0}) name += "0123456789abcdef"[(digest[i] >> shift) & 15];
  }
  return name + ".qpack";
}

// `header` with the hashes that its seed gives; the model's pages go back before the constants' are read.
Header sealed(Header header, const Model& model, Bytes constants) {
  KeyedHash hash(header.seed);
  header.model_hash = hash.of(bytes_of(model.bytes()));
  model.release_pages();
  header.constants_hash = hash.of(constants);
  return header;
}

// What the header of a file must be but for its random numbers.
Header header_of(const ConstantPool& pool, const Model& model, const Sha256Digest& packing) {
  Header header{};
  header.magic = kMagic;
  header.model_bytes = model.bytes().size();
  header.packing = packing;
  header.constants_bytes = pool.bytes();
  return header;
}

bool equal(const Header& a, const Header& b) { return std::memcmp(&a, &b, sizeof(Header)) == 0; }

// The file, if it is what was stored for a pool of this header.
Result<PackedConstants> load(const std::string& path, const Header& expected, const Model& model) {
  Result<MappedFile> file = MappedFile::open(path.c_str());
  if (!file.ok()) return file.status();
  const Bytes bytes = bytes_of(file->bytes());
  const Status useless = invalid_argument("not what was stored");
  if (bytes.size() != sizeof(Header) + expected.constants_bytes) return useless;
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  Header filled = expected;
  filled.seed = header.seed;
  filled.model_hash = header.model_hash;
  filled.constants_hash = header.constants_hash;
  if (!equal(header, filled)) return useless;  // before all of it is read
  if (!equal(header, sealed(header, model, bytes.subspan(sizeof(Header))))) return useless;
  return PackedConstants(std::move(*file), sizeof(Header));
}

bool write_all(int descriptor, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return true;
}

// Writes a temporary beside `path` and gives it the name. 0, or the errno of what failed: then nothing is left behind.
int store(const std::string& path, const Header& header, Bytes constants) {
  std::string temporary = path + ".XXXXXX";
  const Descriptor descriptor(
      ::mkostemp(temporary.data(), O_CLOEXEC));  // readable by its owner alone: it holds the key
  if (descriptor.get() < 0) return errno;
  const Bytes head{reinterpret_cast<const std::uint8_t*>(&header), sizeof(header)};
  if (write_all(descriptor.get(), head) && write_all(descriptor.get(), constants) &&
      std::rename(temporary.c_str(), path.c_str()) == 0) {
    return 0;
  }
  const int error = errno;
  ::unlink(temporary.c_str());
  return error;
}

Status cannot_store(const std::string& folder, int error) {
  return {QRUN_IO_ERROR, "the pack cache " + folder + " cannot be written: " + system_error_text(error), -1};
}

}  // namespace

Result<PackedConstants> pack_through_cache(const ConstantPool& pool, const Model& model, const kernels::Row& row,
                                           const Team& team, const std::string& folder) {
  const Sha256Digest packing = packing_of(pool, row);
  const std::string path = folder + '/' + file_name(bytes_of(model.bytes()), row, packing);
  Header header = header_of(pool, model, packing);
  if (Result<PackedConstants> stored = load(path, header, model); stored.ok()) return stored;

  Result<AlignedBuffer> packed = pool.pack(model, team);
  if (!packed.ok()) return packed.status();
  if (::getentropy(header.seed.data(), header.seed.size()) != 0) return cannot_store(folder, errno);
  const Bytes constants{packed->data(), packed->size()};
  if (const int error = store(path, sealed(header, model, constants), constants); error != 0) {
    return cannot_store(folder, error);
  }
  return PackedConstants(std::move(*packed));
}

}  // namespace qrun::runtime
