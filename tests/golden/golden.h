// What the golden tests share: a model is converted, run on an instruction-set row and compared byte by byte.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "qrun/qrun.hpp"

namespace qrun::golden {

using Bytes = std::vector<std::uint8_t>;

// One run of a model: a buffer per graph input and output, in the model's order.
struct Sample {
  std::vector<Bytes> inputs, outputs;
};

// The whole file. Throws std::runtime_error, which fails the test, where it cannot be read.
Bytes read_file(const std::filesystem::path& path);

// A converted model, or the converter's reason for refusing it.
struct Converted {
  std::vector<std::byte> file;  // what `model` borrows
  std::optional<Model> model;
  std::string refusal;
};
Converted convert(const std::filesystem::path& source);

// The names, in order, of a folder's files with that extension; and a name as GoogleTest takes it.
std::vector<std::string> models_in(const std::filesystem::path& folder, std::string_view extension);
std::string test_name(std::string model);

// Cuts NAME.bin into samples: each the inputs' bytes, then the outputs'. Throws where the sizes do not fit the model.
std::vector<Sample> unpack(const Model& model, const Bytes& packed);

// An element of an 8-bit tensor.
int value(const TensorInfo& info, std::uint8_t byte);

struct Setup {
  std::string isa;
  int threads;
  qrun_bands bands = QRUN_BANDS_AUTO;
};
std::ostream& operator<<(std::ostream& stream, const Setup& setup);

// The rows that this machine can run, slowest first.
std::vector<std::string> available_rows();

// Whether QRUN_TEST_ALL is set: every row, sample and thread count of the big models.
bool test_everything();

// Every available row with one thread and with several.
std::vector<Setup> every_setup();

// Runs the samples; the outputs of each.
std::vector<std::vector<Bytes>> run(const Model& model, const Setup& setup, std::span<const Sample> samples);

// Runs the samples and says where the outputs first differ from theirs: sample, output, index, both values. Empty where
// all are equal. Elements of 8-bit outputs may differ by `tolerance`, which is 0 unless the reference is not integer.
std::string first_difference(const Model& model, const Setup& setup, std::span<const Sample> samples,
                             int tolerance = 0);

// SHA-256 of all outputs in order, sample after sample, in hexadecimal: as digests.txt has it.
std::string digest(const Model& model, const Setup& setup, std::span<const Sample> samples);

// Of the project and of the external models; the latter may not exist.
std::filesystem::path source_folder();
std::filesystem::path shared_data();

}  // namespace qrun::golden
