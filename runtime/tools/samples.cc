#include "runtime/tools/samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "runtime/tools/common/command.h"
#include "runtime/tools/common/input_file.h"
#include "runtime/tools/common/table.h"
#include "runtime/tools/common/tensor.h"

namespace qrun::tools {
namespace {

void check_path_count(const Model& model, std::size_t count) {
  if (count == model.input_count()) return;
  throw wrong_usage("INPUT.bin", fmt::format("{} given, the model has {}; give one file for each of: {}", count,
                                             counted(model.input_count(), "input"), inputs_text(model)));
}

std::size_t sample_count(const TensorInfo& info, const std::string& path, std::size_t size) {
  if (size > 0 && size % info.bytes() == 0) return size / info.bytes();
  throw work_failed(input_name(path), fmt::format("{}, input '{}' {} needs {} or a multiple; give raw {} elements",
                                                  size > 0 ? fmt::format("has {} bytes", size) : "is empty",
                                                  info.name(), type_text(info), info.bytes(), info.dtype_name()));
}

// A .npy's head would be taken for values.
void check_is_raw(const TensorInfo& info, const std::string& path, std::span<const std::byte> bytes) {
  constexpr std::string_view kNumpy = "\x93NUMPY";
  if (bytes.size() < kNumpy.size() || std::memcmp(bytes.data(), kNumpy.data(), kNumpy.size()) != 0) return;
  throw work_failed(
      input_name(path),
      fmt::format("is a numpy file; give raw {} elements, as array.tofile() writes them", info.dtype_name()));
}

}  // namespace

Samples Samples::read(const Model& model, const std::vector<std::string>& paths) {
  check_path_count(model, paths.size());
  Samples samples;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    samples.inputs_.push_back(read_file(paths[i]));
    check_is_raw(model.input(i), paths[i], samples.inputs_[i]);
    const std::size_t count = sample_count(model.input(i), paths[i], samples.inputs_[i].size());
    if (i > 0 && count != samples.count_) {
      throw work_failed(input_name(paths[i]),
                        fmt::format("holds {}, {} holds {}; give as many of every input", counted(count, "sample"),
                                    input_name(paths[0]), samples.count_));
    }
    samples.count_ = count;
  }
  return samples;
}

void Samples::load(Session& session, std::size_t first) const {
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    std::span<std::byte> input = session.input<std::byte>(i);
    const std::size_t bytes = inputs_[i].size() / count_;
    for (std::size_t index = first; !input.empty(); ++index, input = input.subspan(bytes)) {
      std::copy_n(inputs_[i].begin() + static_cast<std::ptrdiff_t>(index % count_ * bytes), bytes, input.begin());
    }
  }
}

}  // namespace qrun::tools
