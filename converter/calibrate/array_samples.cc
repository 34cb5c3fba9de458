#include "converter/calibrate/array_samples.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <istream>

#include "converter/calibrate/conversion.h"
#include "converter/calibrate/zip.h"
#include "converter/refusal.h"

namespace qrun::converter::calibrate {
namespace {

using Extents = std::vector<std::uint64_t>;

Extents extents(const Shape& shape, std::size_t from = 0) {
  return {shape.begin() + static_cast<std::ptrdiff_t>(from), shape.end()};
}

// [samples, N, ...], or [samples * N, ...] where the input is [N, ...]: 0 where neither fits.
std::uint64_t sample_count(const Extents& array, const Shape& input) {
  if (array.empty()) return 0;
  const Extents rest(array.begin() + 1, array.end());
  if (rest == extents(input)) return array[0];
  if (input.empty() || rest != extents(input, 1)) return 0;
  const auto batch = static_cast<std::uint64_t>(input[0]);
  return array[0] % batch == 0 ? array[0] / batch : 0;
}

std::uint64_t checked_count(const ArraySource& array, const Tensor& input) {
  if (std::ranges::find(array.shape, 0U) != array.shape.end()) throw Refusal("it holds no samples; give at least one");
  const std::uint64_t count = sample_count(array.shape, input.shape);
  if (count > 0) return count;
  refuse("its shape is [{}]; the input '{}' takes {}, with the number of samples in front or instead of a batch of 1",
         fmt::join(array.shape, ","), input.name, shape_text(input.shape));
}

class ArraySamples : public Samples {
 public:
  ArraySamples(std::vector<ArraySource> arrays, const Graph& graph, const SampleOptions& options) {
    for (std::size_t i = 0; i < arrays.size(); ++i) add(std::move(arrays[i]), graph.tensors[graph.inputs[i]], options);
  }

  std::size_t count() const override { return count_; }

  bool next(std::vector<std::vector<float>>& inputs) override {
    if (done_ == count_) return false;
    inputs.clear();
    for (Column& column : columns_) inputs.push_back(read(column));
    ++done_;
    return true;
  }

 private:
  struct Column {
    ArraySource array;
    Conversion conversion;
    std::vector<std::uint8_t> sample;
  };

  void add(ArraySource array, const Tensor& input, const SampleOptions& options) {
    try {
      const std::uint64_t count = checked_count(array, input);
      if (!columns_.empty() && count != count_) {
        refuse("it holds {} samples, and '{}' {}; each input needs as many", count, columns_[0].array.name, count_);
      }
      count_ = room_for(count);
      Conversion conversion(input, array.element, options);
      std::vector<std::uint8_t> sample(static_cast<std::size_t>(input.elements()) * element_bytes(array.element));
      columns_.push_back({std::move(array), std::move(conversion), std::move(sample)});
    } catch (const Refusal& refusal) {
      refuse("{}: {}", array.name, refusal.what());
    }
  }

  std::vector<float> read(Column& column) const {
    try {
      auto* bytes = reinterpret_cast<char*>(column.sample.data());
      if (!column.array.bytes.stream->read(bytes, static_cast<std::streamsize>(column.sample.size()))) {
        throw Refusal("it cannot be read; the file has changed or is damaged");
      }
      return column.conversion(column.sample);
    } catch (const Refusal& refusal) {
      refuse("{}: sample {}: {}", column.array.name, done_, refusal.what());
    }
  }

  std::vector<Column> columns_;
  std::size_t count_ = 0, done_ = 0;
};

std::string array_name(const ZipMember& member) {
  constexpr std::string_view kEnd = ".npy";
  return member.name.ends_with(kEnd) ? member.name.substr(0, member.name.size() - kEnd.size()) : member.name;
}

}  // namespace

std::unique_ptr<Samples> array_samples(std::vector<ArraySource> arrays, const Graph& graph,
                                       const SampleOptions& options) {
  return std::make_unique<ArraySamples>(std::move(arrays), graph, options);
}

ArraySource read_raw(ByteSource source, const std::string& name, const Tensor& input) {
  const Element element = raw_element(input);
  const std::uint64_t bytes = static_cast<std::uint64_t>(input.elements()) * element_bytes(element);
  if (source.size % bytes != 0) {
    refuse("{}: its {} bytes are not whole samples of the input '{}': {} of {} take {} bytes", name, source.size,
           input.name, shape_text(input.shape), element_name(element), bytes);
  }
  Extents shape = extents(input.shape);
  shape.insert(shape.begin(), source.size / bytes);
  return {name, element, std::move(shape), std::move(source)};
}

std::vector<ArraySource> read_npz(const std::filesystem::path& path, const Graph& graph) {
  const std::vector<ZipMember> members = read_zip(path);
  std::vector<std::string> names;
  std::ranges::transform(members, std::back_inserter(names), array_name);
  std::vector<ArraySource> arrays;
  for (const TensorId id : graph.inputs) {
    const std::string& input = graph.tensors[id].name;
    auto found = static_cast<std::size_t>(std::ranges::find(names, input) - names.begin());
    if (members.size() == 1 && graph.inputs.size() == 1) found = 0;
    if (found == members.size()) {
      refuse("{}: it holds no array '{}', which an input is called; it holds: {}", path.string(), input,
             names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", ")));
    }
    const std::string name = path.string() + ":" + names[found];
    try {
      arrays.push_back(read_npy(open_member(path, members[found]), name));
    } catch (const Refusal& refusal) {
      const std::string_view text = refusal.what();
      if (text.starts_with(name)) throw;
      refuse("{}: {}", name, text);
    }
  }
  return arrays;
}

}  // namespace qrun::converter::calibrate
