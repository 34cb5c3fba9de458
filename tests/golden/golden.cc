// See golden.h.

#include "tests/golden/golden.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "converter/convert.h"
#include "converter/refusal.h"
#include "runtime/tools/common/hex.h"

namespace qrun::golden {
namespace {

std::string difference(const TensorInfo& info, const Bytes& got, const Bytes& expected, int tolerance) {
  if (got.size() != expected.size()) {
    return std::to_string(got.size()) + " bytes instead of " + std::to_string(expected.size());
  }
  const int allowed = info.dtype() == DType::kInt8 || info.dtype() == DType::kUInt8 ? tolerance : 0;
  std::size_t first = expected.size(), count = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::abs(value(info, got[i]) - value(info, expected[i])) <= allowed) continue;
    first = std::min(first, i);
    ++count;
  }
  if (count == 0) return {};
  std::ostringstream text;
  text << "byte " << first << " is " << value(info, got[first]) << " instead of " << value(info, expected[first])
       << ", the first of " << count << " that differ, of " << expected.size();
  return text.str();
}

Session make_session(const Model& model, const Setup& setup) {
  auto session = Session::create(model, {.threads = setup.threads, .isa = setup.isa.c_str(), .bands = setup.bands});
  if (!session) throw std::runtime_error(std::string(session.status().message()));
  return std::move(*session);
}

std::vector<Bytes> run(Session& session, const Sample& sample) {
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    const auto input = session.input<std::byte>(i);
    if (input.size() != sample.inputs[i].size()) throw std::runtime_error("an input's size is not the model's");
    std::memcpy(input.data(), sample.inputs[i].data(), input.size());
  }
  session.run();
  std::vector<Bytes> outputs;
  for (std::size_t i = 0; i < sample.outputs.size(); ++i) {
    const auto output = session.output<std::byte>(i);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(output.data());
    outputs.emplace_back(bytes, bytes + output.size());
  }
  return outputs;
}

}  // namespace

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  Bytes bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return bytes;
}

Converted convert(const std::filesystem::path& source) {
  const Bytes bytes = read_file(source);
  Converted converted;
  try {
    converted.file = converter::convert({bytes, source.filename()}, {}).file;
  } catch (const converter::Refusal& refusal) {
    converted.refusal = refusal.what();
    for (const std::string& offender : refusal.offenders()) converted.refusal += "\n  " + offender;
    return converted;
  }
  auto model = Model::from_buffer(converted.file);
  if (!model)
    throw std::runtime_error("the converter wrote what the runtime refuses: " + std::string(model.status().message()));
  converted.model.emplace(std::move(*model));
  return converted;
}

std::vector<std::string> models_in(const std::filesystem::path& folder, std::string_view extension) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == extension) names.push_back(entry.path().stem());
  }
  std::ranges::sort(names);
  return names;
}

std::string test_name(std::string model) {
  std::ranges::replace_if(
      model, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return model;
}

int value(const TensorInfo& info, std::uint8_t byte) {
  return info.dtype() == DType::kInt8 ? static_cast<std::int8_t>(byte) : byte;
}

std::vector<Sample> unpack(const Model& model, const Bytes& packed) {
  std::vector<Sample> samples;
  std::size_t offset = 0;
  const auto take = [&](std::size_t size) {
    if (packed.size() - offset < size)
      throw std::runtime_error("the samples do not fit the model's inputs and outputs");
    const auto begin = packed.begin() + static_cast<std::ptrdiff_t>(offset);
    offset += size;
    return Bytes(begin, begin + static_cast<std::ptrdiff_t>(size));
  };
  while (offset < packed.size()) {
    Sample& sample = samples.emplace_back();
    for (std::size_t i = 0; i < model.input_count(); ++i) sample.inputs.push_back(take(model.input(i).bytes()));
    for (std::size_t i = 0; i < model.output_count(); ++i) sample.outputs.push_back(take(model.output(i).bytes()));
  }
  return samples;
}

std::ostream& operator<<(std::ostream& stream, const Setup& setup) {
  return stream << setup.isa << ", " << setup.threads << (setup.threads == 1 ? " thread" : " threads")
                << (setup.bands == QRUN_BANDS_ALL ? ", in bands" : "");
}

std::vector<std::string> available_rows() {
  std::vector<std::string> rows;
  for (std::size_t i = 0; qrun_isa_name(i) != nullptr; ++i) {
    if (qrun_isa_available(i)) rows.emplace_back(qrun_isa_name(i));
  }
  return rows;
}

bool test_everything() { return std::getenv("QRUN_TEST_ALL") != nullptr; }

std::vector<Setup> every_setup() {
  std::vector<Setup> setups;
  for (const std::string& row : available_rows()) {
    for (const int threads : {1, 2, 3, 8}) {
      if (threads <= 2 || test_everything()) setups.push_back({row, threads});
    }
    setups.push_back({row, 3, QRUN_BANDS_ALL});
  }
  return setups;
}

std::string first_difference(const Model& model, const Setup& setup, std::span<const Sample> samples, int tolerance) {
  Session session = make_session(model, setup);
  for (std::size_t s = 0; s < samples.size(); ++s) {
    if (samples[s].outputs.size() != model.output_count() || samples[s].inputs.size() != model.input_count()) {
      return "the model has another number of inputs or outputs than the sample";
    }
    const std::vector<Bytes> outputs = run(session, samples[s]);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string text = difference(model.output(i), outputs[i], samples[s].outputs[i], tolerance);
      if (text.empty()) continue;
      return "sample " + std::to_string(s) + ", output " + std::to_string(i) + " \"" +
             std::string(model.output(i).name()) + "\": " + text;
    }
  }
  return {};
}

std::vector<std::vector<Bytes>> run(const Model& model, const Setup& setup, std::span<const Sample> samples) {
  Session session = make_session(model, setup);
  std::vector<std::vector<Bytes>> outputs;
  for (const Sample& sample : samples) outputs.push_back(run(session, sample));
  return outputs;
}

std::string digest(const Model& model, const Setup& setup, std::span<const Sample> samples) {
  Sha256 sha256;
  for (const std::vector<Bytes>& outputs : run(model, setup, samples)) {
    for (const Bytes& output : outputs) sha256.update(std::as_bytes(std::span(output)));
  }
  return tools::hex(sha256.finish());
}

std::filesystem::path source_folder() { return QRUN_SOURCE_FOLDER; }

std::filesystem::path shared_data() {
  const char* folder = std::getenv("QRUN_SHARED_DATA");
  return folder != nullptr ? folder : QRUN_SHARED_DATA_DEFAULT;
}

}  // namespace qrun::golden
